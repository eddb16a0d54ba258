"""``zonda serve``: an application as a program."""

from __future__ import annotations

import argparse
import functools
import logging
import os
import socket
import sys
from typing import Any, NoReturn

from zonda.http import HTTPServerConnectionDelegate, TrustedProxies
from zonda.httpserver import HTTPServer, open_sockets, serve
from zonda.iostream import WorkerStartError, ssl_options_to_context
from zonda.options import Error as OptionsError
from zonda.options import OptionParser, define_logging_options, enable_pretty_logging

from . import app_target, development
from .application import Application
from .command_error import FAILED, CommandError
from .own_traceback import print_own_traceback

DEFAULT_PORT = 8888
DEFAULT_ADDRESS = "127.0.0.1"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of the command."""
    add = parser.add_argument
    add("target", metavar="MODULE:NAME", help="an Application, or a function that makes one")
    add("-p", "--port", type=int, metavar="N", help=f"{DEFAULT_PORT} unless given; 0: a free one")
    add("-a", "--address", metavar="HOST", help=f"{DEFAULT_ADDRESS} unless given; '' for all")
    add("--unix-socket", metavar="PATH", help="listen there; without --port only there")
    add("--fd", type=int, metavar="N", help="a listening socket that was inherited")
    add("-w", "--workers", type=int, default=1, metavar="N", help="processes; 0: one for each core")
    add("--reload", action="store_true", help="restart when a file changes; for development")
    add("--log", choices=("text", "json"), default="text", help="how the log is written")
    add("--log-level", default="info", metavar="LEVEL", help="debug, info, warning, error")
    add("--no-access-log", action="store_true", help="no line for each request")
    add("--proxy-headers", action="store_true", help="believe X-Forwarded-For and -Proto")
    add("--trusted-proxy", action="append", metavar="NET", help="one more proxy on the way")
    add("--certfile", metavar="PEM", help="serve TLS with this certificate")
    add("--keyfile", metavar="PEM", help="its key, unless it is in the same file")
    add("--grace", type=float, default=30.0, metavar="S", help="seconds for the last requests")
    add("--no-uvloop", action="store_true", help="asyncio's own loop although uvloop is there")


def run(arguments: argparse.Namespace) -> int:
    """Serve until a signal; the exit status."""
    if arguments.reload and arguments.workers != 1:
        raise CommandError("--reload is for one process: leave --workers out")
    if arguments.keyfile and not arguments.certfile:
        raise CommandError("--keyfile needs --certfile")
    if arguments.reload and not development.is_installed():
        raise CommandError(f"--reload needs the extra: {development.EXTRA}")
    _check_numbers(arguments)
    _check_proxies(arguments)
    _set_up_logging(arguments)
    _check_certificate(arguments)
    try:
        _serve(arguments)
    except CommandError:
        raise
    except WorkerStartError as error:
        raise CommandError(str(error), FAILED) from error
    except Exception as error:
        print_own_traceback(error)
        if arguments.reload:
            _wait_for_a_fix(error)
        return FAILED
    return 0


def _serve(arguments: argparse.Namespace) -> None:
    source: Any
    if arguments.workers == 1:
        source = app_target.load(arguments.target)
    else:
        # Each worker imports it, so that workers that are replaced have the new code.
        app_target.find_module(arguments.target)
        source = functools.partial(_make_in_worker, arguments.target)
    sockets = _listen(arguments)
    secure = arguments.certfile is not None
    print(_told(arguments, [_url(sock, secure) for sock in sockets]), flush=True)
    serve(
        source,
        sockets,
        workers=arguments.workers,
        grace=arguments.grace,
        uvloop=False if arguments.no_uvloop else None,
        started=_start_reload if arguments.reload else None,
        xheaders=arguments.proxy_headers,
        trusted_downstream=arguments.trusted_proxy,
        ssl_options=_ssl_options(arguments),
    )


def _listen(arguments: argparse.Namespace) -> list[socket.socket]:
    sockets: list[socket.socket] = []
    for endpoint in _endpoints(arguments):
        try:
            sockets += open_sockets([endpoint])
        except (OSError, ValueError) as error:
            for sock in sockets:
                sock.close()
            told = _sentence(error)
            if "listen" not in told:
                told = f"cannot listen at {endpoint}: {told}"
            raise CommandError(told, FAILED) from error
    return sockets


def _make_in_worker(target: str) -> Any:
    try:
        source = app_target.load(target)
    except CommandError as error:
        sys.exit(f"zonda: {error}")
    return source if isinstance(source, HTTPServerConnectionDelegate) else source()


def _start_reload(server: HTTPServer) -> None:
    if isinstance(server.delegate, Application):
        development.start(server.delegate)
    else:
        from zonda import autoreload

        autoreload.start()


def _endpoints(arguments: argparse.Namespace) -> list[str]:
    found = []
    if arguments.unix_socket:
        found.append(f"unix:{arguments.unix_socket}")
    if arguments.fd is not None:
        found.append(f"fd:{arguments.fd}")
    if not found or arguments.port is not None or arguments.address is not None:
        host = DEFAULT_ADDRESS if arguments.address is None else arguments.address
        port = DEFAULT_PORT if arguments.port is None else arguments.port
        found.append(f"[{host}]:{port}" if ":" in host else f"{host}:{port}")
    return found


def _url(sock: socket.socket, secure: bool) -> str:
    if sock.family == socket.AF_UNIX:
        name = sock.getsockname()
        return f"unix:{os.fsdecode(name) if isinstance(name, str | bytes) else name}"
    host, port = sock.getsockname()[:2]
    scheme = "https" if secure else "http"
    return f"{scheme}://[{host}]:{port}/" if ":" in host else f"{scheme}://{host}:{port}/"


def _told(arguments: argparse.Namespace, urls: list[str]) -> str:
    workers = f" with {arguments.workers or 'as many workers as cores'}" * (arguments.workers != 1)
    workers += " workers" * (arguments.workers > 1)
    return f"Serving {arguments.target} at {' and '.join(urls)}{workers} (Ctrl-C ends it)"


def _ssl_options(arguments: argparse.Namespace) -> dict[str, Any] | None:
    if arguments.certfile is None:
        return None
    options = {"certfile": arguments.certfile}
    return {**options, "keyfile": arguments.keyfile} if arguments.keyfile else options


def _set_up_logging(arguments: argparse.Namespace) -> None:
    options = OptionParser()
    define_logging_options(options)
    options.logging = arguments.log_level
    options.log_format = "json" if arguments.log == "json" else "pretty"
    options.log_to_stderr = True
    try:
        enable_pretty_logging(options)
    except OptionsError as error:
        raise CommandError(f"--log-level: {error}") from None
    if arguments.no_access_log:
        logging.getLogger("zonda.access").setLevel(logging.CRITICAL)


def _check_numbers(arguments: argparse.Namespace) -> None:
    for name, most in (("port", 65535), ("fd", None), ("workers", None), ("grace", None)):
        number = getattr(arguments, name)
        if number is not None and not 0 <= number <= (number if most is None else most):
            allowed = "0 or more" if most is None else f"0 to {most}"
            raise CommandError(f"--{name} cannot be {number}: it is a number of {allowed}")


def _check_proxies(arguments: argparse.Namespace) -> None:
    try:
        TrustedProxies(arguments.trusted_proxy or [])
    except ValueError as error:
        raise CommandError(f"--trusted-proxy: {error}") from None


def _check_certificate(arguments: argparse.Namespace) -> None:
    options = _ssl_options(arguments)
    if options is not None:
        try:
            ssl_options_to_context(options, server_side=True)
        except OSError as error:
            files = " and ".join(options.values())
            raise CommandError(f"cannot use {files}: {error}", FAILED) from error


def _sentence(error: BaseException) -> str:
    """What an error says, without the number of an `OSError`."""
    if isinstance(error, OSError) and error.strerror:
        name = f": {error.filename}" if error.filename else ""
        return f"{error.strerror}{name}"
    return str(error)


def _wait_for_a_fix(error: Exception) -> NoReturn:
    from zonda import autoreload

    autoreload.watch_error(error)
    print("zonda: waiting for a change", file=sys.stderr, flush=True)
    autoreload.wait()
