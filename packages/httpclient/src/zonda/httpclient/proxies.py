"""Proxies that a request or the environment asks for."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping

from zonda import http
from zonda.http import Proxy

from .errors import RequestError
from .request import Options
from .target import Target


def parse_proxy(url: str) -> Proxy:
    """Take the URL of a proxy apart; see `zonda.http.parse_proxy`.

    :raises RequestError: it is none.
    """
    try:
        return http.parse_proxy(url)
    except ValueError as error:
        raise RequestError(str(error)) from None


def requested_proxy(options: Options) -> Proxy | None:
    """The proxy that ``proxy_host`` and its companions name.

    :raises RequestError: they are not valid.
    """
    host = options.proxy_host
    if host is None:
        return None
    if "://" in host:
        proxy = parse_proxy(host)
        if options.proxy_port is not None:
            proxy = proxy._replace(port=options.proxy_port)
    elif options.proxy_port is None:
        raise RequestError("proxy_host needs proxy_port")
    else:
        is_address = ":" in host and not host.startswith("[")
        proxy = parse_proxy(f"http://[{host}]" if is_address else f"http://{host}")
        proxy = proxy._replace(port=options.proxy_port)
    if options.proxy_username is not None:
        proxy = proxy._replace(username=options.proxy_username, password=options.proxy_password)
    if options.proxy_auth_mode != "basic" and proxy.scheme == "socks5":
        raise RequestError("a SOCKS proxy has no proxy_auth_mode but 'basic'")
    return proxy._replace(auth_mode=options.proxy_auth_mode)


def proxy_from_environment(target: Target, environment: Mapping[str, str]) -> Proxy | None:
    """The proxy that ``HTTP_PROXY``, ``HTTPS_PROXY``, ``ALL_PROXY`` and ``NO_PROXY`` ask for.

    The names may be in small letters, which count first.  ``HTTP_PROXY`` in capitals is ignored
    in a CGI program, where a client of the program's own could set it (CVE-2016-5385).

    :raises RequestError: the variable is no valid URL of a proxy.
    """
    if is_excepted(target, environment.get("no_proxy") or environment.get("NO_PROXY", "")):
        return None
    names = [f"{target.scheme}_proxy", f"{target.scheme}_proxy".upper(), "all_proxy", "ALL_PROXY"]
    if "REQUEST_METHOD" in environment:
        names.remove("HTTP_PROXY") if "HTTP_PROXY" in names else None
    found = next((environment[name] for name in names if environment.get(name)), None)
    return None if found is None else parse_proxy(found)


def is_excepted(target: Target, no_proxy: str) -> bool:
    """Whether the list *no_proxy* has the target.

    Its entries, with commas or spaces between them: ``*``; a domain, which stands for those below
    it too; an IP address or a network (``10.0.0.0/8``); each with a port or without.
    """
    host = target.host.removesuffix(".")
    return any(
        entry == "*" or _matches(host, target.port, entry)
        for entry in no_proxy.lower().replace(",", " ").split()
    )


def _matches(name: str, number: int, entry: str) -> bool:
    try:
        return _address(name) in ipaddress.ip_network(entry.strip("[]"), strict=False)
    except ValueError:
        pass
    host, colon, port = entry.rpartition(":")
    if colon and port.isdigit() and (host.startswith("[") or ":" not in host):
        if int(port) != number:
            return False
        entry = host.strip("[]")
    domain = _ascii(entry.removeprefix("*").strip("."))
    return bool(domain) and (name == domain or name.endswith(f".{domain}"))


def _address(name: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    """:raises ValueError: *name* is no address."""
    address = ipaddress.ip_address(name)
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped
    return address


def _ascii(name: str) -> str:
    try:
        return name if name.isascii() else name.encode("idna").decode("ascii")
    except UnicodeError:
        return ""
