# mypy: ignore-errors
# Started as a file, with its neighbours as top-level modules.
"""What a server is asked for on its command line: ``PORT [WORD ...] [NAME=VALUE ...]``."""

import ssl
import sys

PORT = int(sys.argv[1])
WORDS = [argument for argument in sys.argv[2:] if "=" not in argument]
_VALUES = dict(argument.split("=", 1) for argument in sys.argv[2:] if "=" in argument)

#: A file with certificate and key, or None.
CERTIFICATE = _VALUES.get("certificate")

#: How many further routes there are, ``/route/0`` and so on, each with a handler of its own.
ROUTES = int(_VALUES.get("routes", 0))

#: How many worker processes.
WORKERS = int(_VALUES.get("workers", 1))


def tls_options() -> dict[str, str] | None:
    """The same for a server that makes its own context, with its own defaults."""
    return CERTIFICATE and {"certfile": CERTIFICATE, "keyfile": CERTIFICATE}


def tls_context() -> ssl.SSLContext | None:
    """The context for a server that has a certificate."""
    if CERTIFICATE is None:
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(CERTIFICATE)
    return context
