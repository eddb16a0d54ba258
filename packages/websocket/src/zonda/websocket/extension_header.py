"""``Sec-WebSocket-Extensions``: names with parameters, RFC 6455 section 9.1.

>>> parse_extensions('permessage-deflate; server_max_window_bits="10"; client_max_window_bits, x-a')
[Extension(name='permessage-deflate', parameters=[('server_max_window_bits', '10'), ('client_max_window_bits', None)]), Extension(name='x-a', parameters=[])]
"""  # noqa: E501  # the line of a doctest's result cannot be broken

from __future__ import annotations

import re
from typing import Final, NamedTuple

from .errors import HandshakeError

# Extensions that one header may name: browsers offer one or two.
MAX_EXTENSIONS: Final = 32
# Parameters of one extension: permessage-deflate has four.
MAX_PARAMETERS: Final = 16

_TOKEN: Final = r"[!#$%&'*+\-.^_`|~0-9A-Za-z]++"
# A value may be quoted, but what is in the quotes must be a token too.
_PARAMETER: Final = rf'({_TOKEN})(?:[ \t]*+=[ \t]*+(?:({_TOKEN})|"({_TOKEN})"))?'


class Extension(NamedTuple):
    """An extension that is offered or accepted.

    :ivar parameters: in order, with None as the value of one that has none.
    """

    name: str
    parameters: list[tuple[str, str | None]]


def parse_extensions(header: str) -> list[Extension]:
    """The extensions of a header, in the order of preference.

    :raises HandshakeError: 400, it does not keep the grammar or is beyond a limit.
    """
    found = []
    for item in header.split(","):
        item = item.strip(" \t")
        if item:
            found.append(_parse_extension(item))
            if len(found) > MAX_EXTENSIONS:
                raise HandshakeError(f"more than {MAX_EXTENSIONS} websocket extensions", 400)
    return found


def format_extension(extension: Extension) -> str:
    """An extension as it stands in the header.

    >>> format_extension(Extension("permessage-deflate", [("client_max_window_bits", None)]))
    'permessage-deflate; client_max_window_bits'
    """
    return "; ".join(
        [extension.name]
        + [name if value is None else f"{name}={value}" for name, value in extension.parameters]
    )


def _parse_extension(item: str) -> Extension:
    name, *rest = [part.strip(" \t") for part in item.split(";", MAX_PARAMETERS + 1)]
    if len(rest) > MAX_PARAMETERS:
        raise HandshakeError(f"more than {MAX_PARAMETERS} parameters of an extension", 400)
    if re.fullmatch(_TOKEN, name) is None:
        raise HandshakeError("the name of a websocket extension is no token", 400)
    parameters: list[tuple[str, str | None]] = []
    for part in rest:
        match = re.fullmatch(_PARAMETER, part)
        if match is None:
            raise HandshakeError(f"a parameter of the extension {name[:60]!r} is malformed", 400)
        parameters.append((match[1], match[2] or match[3]))
    return Extension(name, parameters)
