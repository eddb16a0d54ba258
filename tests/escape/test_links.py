"""linkify: what becomes a link, and what it looks like."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.growth import LINEAR, growth_of
from zonda.escape import SafeString, linkify, xhtml_escape, xhtml_unescape


def a(href: str, shown: str | None = None, attributes: str = "") -> str:
    return f'<a href="{href}"{attributes}>{href if shown is None else shown}</a>'


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("no address here", "no address here"),
        ("hello http://world.com/!", f"hello {a('http://world.com/')}!"),
        ("http://w.com/?a=b&c=d", a("http://w.com/?a=b&amp;c=d")),
        ('"http://w.com/"', f"&quot;{a('http://w.com/')}&quot;"),
        ("'http://w.com/'", f"&#x27;{a('http://w.com/')}&#x27;"),
        ("http://w.com/?a&", f"{a('http://w.com/?a')}&amp;"),
        ("<http://w.com/b>", f"&lt;{a('http://w.com/b')}&gt;"),
        ("<i>http://w.com</i>", f"&lt;i&gt;{a('http://w.com')}&lt;/i&gt;"),
        ("http://w.com/b.", f"{a('http://w.com/b')}."),
        ("http://w.com/b/,", f"{a('http://w.com/b/')},"),
        ("http://w.com/b...?!", f"{a('http://w.com/b')}...?!"),
        ("(see http://w.com/b)", f"(see {a('http://w.com/b')})"),
        ("http://w.com/b_(c)", a("http://w.com/b_(c)")),
        ("http://w.com/b_(c)_(d)_e.", f"{a('http://w.com/b_(c)_(d)_e')}."),
        ("(http://w.com/b_(c))", f"({a('http://w.com/b_(c)')})"),
        ("http://w.com/a(bbbb", f"{a('http://w.com/a')}(bbbb"),
        ("http://w.com/a((((b)", f"{a('http://w.com/a')}((((b)"),
        ("http://u:p@w.com:8080", a("http://u:p@w.com:8080")),
        ("http://\u27a1.ws/\u4a39", a("http://\u27a1.ws/\u4a39")),
        ("HTTP://w.com", a("HTTP://w.com")),
        ("-http://w.com", f"-{a('http://w.com')}"),
        (
            "www.w.com, www.v.org",
            f"{a('http://www.w.com', 'www.w.com')}, {a('http://www.v.org', 'www.v.org')}",
        ),
        ("awww.w.com", "awww.w.com"),
        ("www.", "www."),
        ("http://", "http://"),
        ("http://...", "http://..."),
        ("http://&&&", "http://&amp;&amp;&amp;"),
        ("javascript:/alert(1)", "javascript:/alert(1)"),
        ("file:///etc/passwd", "file:///etc/passwd"),
        ("http:w.com", "http:w.com"),
    ],
)
def test_what_becomes_a_link(text: str, html: str) -> None:
    assert linkify(text) == html
    assert linkify(text.encode()) == html


def test_permitted_protocols() -> None:
    text = "rdar://1 rdar:/2 file:///f http://w.com"
    assert linkify(text, permitted_protocols={"rdar", "file"}) == (
        f"{a('rdar://1')} {a('rdar:/2')} {a('file:///f')} http://w.com"
    )


def test_a_protocol_may_be_required() -> None:
    assert linkify("www.w.com http://w.com", require_protocol=True) == (
        f"www.w.com {a('http://w.com')}"
    )


def test_extra_attributes() -> None:
    assert linkify("http://w.com", extra_params=' rel="me" ') == a(
        "http://w.com", attributes=' rel="me"'
    )


def test_extra_attributes_by_address() -> None:
    def extra(href: str) -> str:
        return '  class="in" ' if href.startswith("http://www.in.com") else "id=x"

    assert linkify("www.in.com/a http://out.com", extra_params=extra) == (
        a("http://www.in.com/a", "www.in.com/a", ' class="in"')
        + " "
        + a("http://out.com", attributes=" id=x")
    )


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("http://short.com/a/b/c", None),
        ("http://reallylong.com/link/that/exceedsthelimit.html", "http://reallylong.com/link..."),
        ("http://reallylong.com/page.html?a=b&amp;c=d", "http://reallylong.com/page..."),
        ("http://averylonghostname.example.com/", None),
        ("http://" + "a" * 50 + ".com/hi", "http://" + "a" * 23 + "..."),
        (
            "https://long.example.com/abcde&amp;cd/" + "e" * 20,
            "https://long.example.com/abcde...",
        ),
    ],
)
def test_long_addresses_are_shown_shortened(address: str, shown: str | None) -> None:
    expected = a(address, shown, f' title="{address}"') if shown else a(address)
    assert linkify(xhtml_unescape(address), shorten=True) == expected


def test_a_shortened_address_without_a_protocol() -> None:
    assert linkify("www.reallylongdomainname.com/with/a/path", shorten=True) == a(
        "http://www.reallylongdomainname.com/with/a/path",
        "www.reallylongdomainname.com/with...",
        ' title="http://www.reallylongdomainname.com/with/a/path"',
    )


def test_the_result_is_markup() -> None:
    assert isinstance(linkify("http://w.com"), SafeString)


class Reader(HTMLParser):
    """The text of a document, and its elements and attributes."""

    def __init__(self, document: str) -> None:
        super().__init__()
        self.text = ""
        self.elements: list[tuple[str, list[str]]] = []
        self.feed(document)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, [name for name, _ in attrs]))

    def handle_data(self, data: str) -> None:
        self.text += data


addresses = st.lists(
    st.sampled_from(
        [
            "http://",
            "www.",
            "a",
            "b.c",
            "/",
            "(",
            ")",
            "&",
            '"',
            "'",
            "<",
            ">",
            " ",
            ".",
            "-",
            ":",
            ";",
        ]
    )
    | st.text(max_size=3)
).map("".join)


@given(addresses)
def test_only_links_are_added(text: str) -> None:
    reader = Reader(linkify(text))
    # The text of a document has no NUL and no CR, so that only the rest is compared.
    assert reader.text == Reader(xhtml_escape(text)).text
    assert all(element == ("a", ["href"]) for element in reader.elements)


@given(addresses)
def test_shortening_leaves_whole_references(text: str) -> None:
    reader = Reader(linkify(text, shorten=True))
    assert all(name in ("href", "title") for _, names in reader.elements for name in names)


@pytest.mark.parametrize(
    "unit",
    [
        "a",
        "a-",
        "a:",
        ":/",
        "http://",
        "http://a(",
        "www.",
        "www.(",
        "&",
        ".",
        "(",
        ")",
        "-",
        '"',
        "a ",
    ],
)
@pytest.mark.parametrize("start", ["", "http://a"])
def test_linkify_is_linear(start: str, unit: str) -> None:
    assert growth_of(linkify, lambda size: start + unit * size) < LINEAR
