"""permessage-deflate: what this side wants and what both sides agree on, RFC 7692 section 7.1.

A server looks at the client's offers in order and takes the first it can keep (`accept_offer`).  A
client makes one offer (`make_offer`) and checks that the answer keeps to it (`check_answer`).  Both
then make a `Codec` of the agreement.

A window of 8 bits cannot be written by zlib: an offer that demands it is declined, an answer that
demands it fails the handshake.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

from .codec import Codec
from .deflater import Deflater, DeflateSettings
from .errors import HandshakeError
from .extension_header import Extension
from .inflater import Inflater
from .states import Side

NAME: Final = "permessage-deflate"

# Two thirds of the time that zlib's own default (6) takes, for a tenth more bytes: messages are
# small and many.
DEFAULT_LEVEL: Final = 3
# zlib's own default.
DEFAULT_MEM_LEVEL: Final = 8
# Bytes below which a message is sent as it is: compressing costs more than such a packet.
DEFAULT_THRESHOLD: Final = 128

_SMALLEST_WINDOW: Final = 9
_LARGEST_WINDOW: Final = 15


class CompressionOptions(NamedTuple):
    """How this side compresses, and what it asks of the other.

    :ivar compression_level: 0 to 9, as of `zlib`; -1 for zlib's choice, which is 6.
    :ivar mem_level: 1 to 9; each step halves or doubles a compressor's memory.
    :ivar threshold: bytes; smaller messages are sent uncompressed.
    :ivar server_no_context_takeover: the server's messages stand for themselves: worse
        compression, and no memory per connection.
    :ivar client_no_context_takeover: likewise the client's messages.
    :ivar server_max_window_bits: the largest window of the server's compressor, 9 to 15.
    :ivar client_max_window_bits: the largest window of the client's compressor, 9 to 15; a client
        that does not know this parameter uses 15 all the same.
    """

    compression_level: int = DEFAULT_LEVEL
    mem_level: int = DEFAULT_MEM_LEVEL
    threshold: int = DEFAULT_THRESHOLD
    server_no_context_takeover: bool = False
    client_no_context_takeover: bool = False
    server_max_window_bits: int = _LARGEST_WINDOW
    client_max_window_bits: int = _LARGEST_WINDOW


_RANGES: Final[dict[str, tuple[int, int]]] = {
    "compression_level": (-1, 9),
    "mem_level": (1, 9),
    "threshold": (0, 2**63),
    "server_max_window_bits": (_SMALLEST_WINDOW, _LARGEST_WINDOW),
    "client_max_window_bits": (_SMALLEST_WINDOW, _LARGEST_WINDOW),
}


def read_options(options: Mapping[str, object] | CompressionOptions) -> CompressionOptions:
    """Check what a user gave as options of compression.

    >>> read_options({"compression_level": 9}).compression_level
    9

    :raises TypeError: they are no options at all.
    :raises ValueError: a name is unknown or a value is out of its range.
    """
    if not isinstance(options, CompressionOptions):
        if not isinstance(options, Mapping):
            raise TypeError(
                "the options of compression are a mapping, which may be empty,"
                f" or CompressionOptions; not {options!r}"
            )
        unknown = sorted(set(options) - set(CompressionOptions._fields))
        if unknown:
            raise ValueError(
                f"unknown compression option {unknown[0]!r};"
                f" known are {', '.join(CompressionOptions._fields)}"
            )
        options = CompressionOptions(**options)  # type: ignore[arg-type]  # checked below
    for name, (least, most) in _RANGES.items():
        value = getattr(options, name)
        if not isinstance(value, int) or not least <= value <= most:
            raise ValueError(f"{name} must be a number from {least} to {most}, not {value!r}")
    return options


class Agreement(NamedTuple):
    """The four parameters as both sides keep them."""

    server_no_context_takeover: bool
    client_no_context_takeover: bool
    server_max_window_bits: int
    client_max_window_bits: int

    def codec(self, side: Side, options: CompressionOptions) -> Codec:
        """Compressor and decompressor of one side; memory is taken when they are first used."""
        own_window, own_alone = self.server_max_window_bits, self.server_no_context_takeover
        peer_window, peer_alone = self.client_max_window_bits, self.client_no_context_takeover
        if side is Side.CLIENT:
            own_window, own_alone, peer_window, peer_alone = (
                peer_window,
                peer_alone,
                own_window,
                own_alone,
            )
        settings = DeflateSettings(options.compression_level, own_window, options.mem_level)
        return Codec(
            Deflater(settings, takeover=not own_alone),
            Inflater(peer_window, takeover=not peer_alone),
            options.threshold,
        )


def accept_offer(
    offers: list[Extension], options: CompressionOptions
) -> tuple[Extension, Agreement] | None:
    """The server's answer to the first offer it can keep, or None if there is none."""
    for offer in offers:
        if offer.name == NAME:
            parameters = _read_parameters(offer, in_answer=False)
            if parameters is not None:
                accepted = _answer(parameters, options)
                if accepted is not None:
                    return accepted
    return None


def make_offer(options: CompressionOptions) -> Extension:
    """What a client offers."""
    parameters: list[tuple[str, str | None]] = []
    if options.server_no_context_takeover:
        parameters.append(("server_no_context_takeover", None))
    if options.client_no_context_takeover:
        parameters.append(("client_no_context_takeover", None))
    if options.server_max_window_bits < _LARGEST_WINDOW:
        parameters.append(("server_max_window_bits", str(options.server_max_window_bits)))
    bits = options.client_max_window_bits
    parameters.append(("client_max_window_bits", str(bits) if bits < _LARGEST_WINDOW else None))
    return Extension(NAME, parameters)


def check_answer(answer: Extension, options: CompressionOptions) -> Agreement:
    """What a server's answer to `make_offer` with the same options means.

    :raises HandshakeError: it does not keep to the offer.
    """
    parameters = _read_parameters(answer, in_answer=True)
    if parameters is None:
        raise HandshakeError(f"the server's {NAME} has a parameter that is not allowed")
    server_alone = "server_no_context_takeover" in parameters
    server_window = parameters.get("server_max_window_bits") or _LARGEST_WINDOW
    client_window = parameters.get("client_max_window_bits") or _LARGEST_WINDOW
    if options.server_no_context_takeover and not server_alone:
        raise HandshakeError("the server ignores server_no_context_takeover")
    if server_window > options.server_max_window_bits:
        raise HandshakeError("the server's window is larger than was asked for")
    if client_window < _SMALLEST_WINDOW:
        raise HandshakeError("the server demands a window of 8 bits, which zlib cannot write")
    return Agreement(
        server_alone,
        options.client_no_context_takeover or "client_no_context_takeover" in parameters,
        server_window,
        min(client_window, options.client_max_window_bits),
    )


def _read_parameters(extension: Extension, *, in_answer: bool) -> dict[str, int | None] | None:
    """Values by name; None if one is unknown, doubled or has a value that is not allowed."""
    values: dict[str, int | None] = {}
    for name, text in extension.parameters:
        if name in values:
            return None
        if name in ("server_no_context_takeover", "client_no_context_takeover"):
            if text is not None:
                return None
            values[name] = None
        elif name in ("server_max_window_bits", "client_max_window_bits"):
            # Only in an offer, and only for the client's window, the value may be left out.
            optional = name == "client_max_window_bits" and not in_answer
            if text is None:
                if not optional:
                    return None
                values[name] = None
            elif text in ("8", "9", "10", "11", "12", "13", "14", "15"):
                values[name] = int(text)
            else:
                return None
        else:
            return None
    return values


def _answer(
    offer: dict[str, int | None], options: CompressionOptions
) -> tuple[Extension, Agreement] | None:
    server_alone = options.server_no_context_takeover or "server_no_context_takeover" in offer
    client_alone = options.client_no_context_takeover or "client_no_context_takeover" in offer
    server_window = min(
        offer.get("server_max_window_bits") or _LARGEST_WINDOW, options.server_max_window_bits
    )
    if server_window < _SMALLEST_WINDOW:
        return None
    client_window = offer.get("client_max_window_bits") or _LARGEST_WINDOW
    parameters: list[tuple[str, str | None]] = []
    if server_alone:
        parameters.append(("server_no_context_takeover", None))
    if client_alone:
        parameters.append(("client_no_context_takeover", None))
    if "server_max_window_bits" in offer or server_window < _LARGEST_WINDOW:
        parameters.append(("server_max_window_bits", str(server_window)))
    if "client_max_window_bits" in offer:
        client_window = min(client_window, options.client_max_window_bits)
        if client_window < _LARGEST_WINDOW or offer["client_max_window_bits"] is not None:
            parameters.append(("client_max_window_bits", str(client_window)))
    agreement = Agreement(server_alone, client_alone, server_window, client_window)
    return Extension(NAME, parameters), agreement
