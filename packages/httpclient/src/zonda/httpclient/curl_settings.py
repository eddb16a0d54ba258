"""What a request and its route are in the words of curl."""

from __future__ import annotations

import socket
import ssl
from typing import Any, Final

from zonda.iostream import is_valid_ip

from .authorization import basic_authorization, check_username
from .errors import RequestError
from .limits import CONTINUE_TIMEOUT
from .request import Options
from .request_head import IDEMPOTENT
from .route import Route

# CURLOPT_SUPPRESS_CONNECT_HEADERS, which pycurl has no name for.
_SUPPRESS_CONNECT_HEADERS: Final = 265

# Seconds; curl counts thousandths of them, in an int of C.
_LONGEST: Final = 2_000_000

_TLS_OPTIONS: Final = frozenset({"ca_certs", "certfile", "keyfile", "cert_reqs"})

#: Fields that curl adds by itself unless they are named as not wanted.
_OF_CURL: Final = ("Accept", "Expect", "Content-Type")


class Head:
    """The head of a request, taken apart.

    :ivar target: what stands in the request line, or the whole URL.
    :ivar lines: the fields, as curl wants them.
    :ivar length: bytes of the body; None if it has chunks, or there is none.
    :ivar is_chunked: the body comes in chunks.
    """

    def __init__(self, data: bytes) -> None:
        first, *lines = data.decode("latin-1").removesuffix("\r\n\r\n").split("\r\n")
        self.target = first.split(" ")[1]
        self.lines: list[bytes] = []
        self.length: int | None = None
        self.is_chunked = False
        missing = {name.lower(): name for name in _OF_CURL}
        for line in lines:
            name, _, value = line.partition(": ")
            missing.pop(name.lower(), None)
            if name == "Content-Length":
                self.length = int(value)
                continue
            if name == "Transfer-Encoding":
                self.is_chunked = True
            # A field without a value is one that curl shall not send; a semicolon makes it empty.
            self.lines.append((line if value.strip() else f"{name};").encode("latin-1"))
        self.lines += [f"{name}:".encode() for name in missing.values()]

    @property
    def has_body(self) -> bool:
        """Whether a body follows, be it empty."""
        return self.is_chunked or self.length is not None


def check_route(route: Route) -> None:
    """Whether curl can go along *route*; opens the files that it names.

    :raises RequestError: there is a setting of TLS that curl has not, or a name that no proxy can
        be told.
    :raises OSError: a file is not there; an address of IPv6 where only IPv4 is wanted.
    """
    if route.local is not None and not is_valid_ip(route.local):
        raise RequestError(f"network_interface must be an IP address, not {route.local!r}")
    proxy = route.proxy
    if not route.ipv6 and route.unix_socket is None and ":" in (proxy or route).host:
        # Curl leaves out only addresses that it has looked up.
        raise socket.gaierror(socket.EAI_FAMILY, "an address of IPv6, which is not allowed")
    if proxy is not None and proxy.username is not None and proxy.scheme != "socks5":
        # Curl sends any name, so what is refused without curl is refused here.
        if proxy.auth_mode == "basic":
            basic_authorization(proxy.username, proxy.password)
        else:
            check_username(proxy.username)
    if isinstance(route.tls, ssl.SSLContext):
        raise RequestError("curl takes no SSLContext: give ssl_options as a dictionary")
    for name, value in route.tls or ():
        if name not in _TLS_OPTIONS:
            known = ", ".join(sorted(_TLS_OPTIONS))
            raise RequestError(f"curl takes no {name!r} in ssl_options, only {known}")
        if name != "cert_reqs":
            with open(value, "rb"):
                pass


def apply_route(handle: Any, pycurl: Any, route: Route, authorities: dict[str, str]) -> None:
    """Tell *handle* the way.

    :param authorities: ``cafile`` and ``capath`` of the system.
    """
    handle.setopt(pycurl.PROTOCOLS, pycurl.PROTO_HTTP | pycurl.PROTO_HTTPS)
    handle.setopt(pycurl.HTTP_VERSION, pycurl.CURL_HTTP_VERSION_1_1)
    handle.setopt(pycurl.NOSIGNAL, 1)
    handle.setopt(pycurl.PATH_AS_IS, 1)
    handle.setopt(pycurl.HTTP09_ALLOWED, 0)
    handle.setopt(pycurl.HEADEROPT, pycurl.HEADER_SEPARATE)
    handle.setopt(_SUPPRESS_CONNECT_HEADERS, 1)
    handle.setopt(pycurl.EXPECT_100_TIMEOUT_MS, int(CONTINUE_TIMEOUT * 1000))
    if not route.ipv6:
        handle.setopt(pycurl.IPRESOLVE, pycurl.IPRESOLVE_V4)
    if route.local is not None:
        handle.setopt(pycurl.INTERFACE, f"host!{route.local}")
    if route.unix_socket is not None:
        handle.setopt(pycurl.UNIX_SOCKET_PATH, route.unix_socket)
    if isinstance(route.tls, tuple):
        _apply_tls(handle, pycurl, dict(route.tls), authorities)
    _apply_proxy(handle, pycurl, route, authorities)


def apply_request(handle: Any, pycurl: Any, route: Route, method: str, head: Head) -> None:
    """Tell *handle* what to send."""
    host = f"[{route.host}]" if ":" in route.host else route.host
    scheme = "http" if route.tls is None else "https"
    absolute = head.target.startswith("http://")
    handle.setopt(
        pycurl.URL, head.target if absolute else f"{scheme}://{host}:{route.port}{head.target}"
    )
    handle.setopt(pycurl.HTTPHEADER, head.lines)
    if method == "HEAD":
        handle.setopt(pycurl.NOBODY, 1)
    elif head.has_body:
        handle.setopt(pycurl.UPLOAD, 1)
        if head.length is not None:
            handle.setopt(pycurl.INFILESIZE_LARGE, head.length)
        handle.setopt(pycurl.CUSTOMREQUEST, method)
    elif method != "GET":
        handle.setopt(pycurl.CUSTOMREQUEST, method)
    if method not in IDEMPOTENT and head.length == 0:
        # Curl sends a request again whose connection turns out to be closed, whatever its method,
        # unless it would have to read a body again.
        handle.setopt(pycurl.FRESH_CONNECT, 1)


def apply_times(handle: Any, pycurl: Any, options: Options, idle_timeout: float) -> None:
    """Tell *handle* how long it may connect, and how old a connection it may use."""
    # Without one of its own, curl has a limit of five minutes.
    seconds = options.connect_timeout or _LONGEST
    handle.setopt(pycurl.CONNECTTIMEOUT_MS, max(1, int(min(seconds, _LONGEST) * 1000)))
    if idle_timeout > 0:
        handle.setopt(pycurl.MAXAGE_CONN, max(1, int(min(idle_timeout, _LONGEST))))
    else:
        handle.setopt(pycurl.FORBID_REUSE, 1)


def system_authorities() -> dict[str, str]:
    """Where the system keeps the certificates of authorities: ``cafile``, ``capath``."""
    paths = ssl.get_default_verify_paths()
    found = {"cafile": paths.cafile, "capath": paths.capath}  # None where there is none
    return {name: path for name, path in found.items() if path is not None}


def _apply_tls(
    handle: Any, pycurl: Any, given: dict[str, Any], authorities: dict[str, str]
) -> None:
    handle.setopt(pycurl.SSLVERSION, pycurl.SSLVERSION_TLSv1_2)
    if given.get("cert_reqs", ssl.CERT_REQUIRED) == ssl.CERT_NONE:
        handle.setopt(pycurl.SSL_VERIFYPEER, 0)
        handle.setopt(pycurl.SSL_VERIFYHOST, 0)
    if "ca_certs" in given:
        handle.setopt(pycurl.CAINFO, given["ca_certs"])
    else:
        if "cafile" in authorities:
            handle.setopt(pycurl.CAINFO, authorities["cafile"])
        if "capath" in authorities:
            handle.setopt(pycurl.CAPATH, authorities["capath"])
    if "certfile" in given:
        handle.setopt(pycurl.SSLCERT, given["certfile"])
        handle.setopt(pycurl.SSLKEY, given.get("keyfile", given["certfile"]))


def _apply_proxy(handle: Any, pycurl: Any, route: Route, authorities: dict[str, str]) -> None:
    proxy = route.proxy
    if proxy is None:
        handle.setopt(pycurl.PROXY, "")  # nor any of the environment
        return
    host = f"[{proxy.host}]" if ":" in proxy.host else proxy.host
    # The name goes to a SOCKS proxy as it is, which looks it up.
    scheme = "socks5h" if proxy.scheme == "socks5" else proxy.scheme
    handle.setopt(pycurl.PROXY, f"{scheme}://{host}:{proxy.port}")
    handle.setopt(pycurl.NOPROXY, "")
    if proxy.username is not None and not route.is_forwarded:
        handle.setopt(pycurl.PROXYUSERNAME, proxy.username.encode())
        handle.setopt(pycurl.PROXYPASSWORD, proxy.password.encode())
        is_digest = proxy.auth_mode == "digest"
        handle.setopt(
            pycurl.PROXYAUTH, pycurl.HTTPAUTH_DIGEST if is_digest else pycurl.HTTPAUTH_BASIC
        )
    if proxy.scheme == "https":
        handle.setopt(pycurl.PROXY_SSLVERSION, pycurl.SSLVERSION_TLSv1_2)
        if "cafile" in authorities:
            handle.setopt(pycurl.PROXY_CAINFO, authorities["cafile"])
        if "capath" in authorities:
            handle.setopt(pycurl.PROXY_CAPATH, authorities["capath"])
