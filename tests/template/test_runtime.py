"""What compiled templates call: functions for escaping and of apply."""

from __future__ import annotations

import pytest

from zonda.escape import SafeString, linkify, squeeze, xhtml_escape
from zonda.template import Template
from zonda.template.runtime import Aside, escaped, filtered, text, told


def shout(content: bytes) -> bytes:
    assert type(content) is bytes
    return content.upper()


@pytest.mark.parametrize(
    ("tag", "output"),
    [
        ("apply shout", "A &AMP; B"),
        ("apply xhtml_escape", "a &amp;amp; b"),
        ("apply squeeze", "a &amp; b"),
        ("apply url_escape", "a+%26amp%3B+b"),
        ("apply json_encode", '"a &amp; b"'),
        ("apply lambda content: 7", "7"),
        ("apply lambda content: content.decode()[:1]", "a"),
    ],
)
def test_functions_get_bytes_unless_they_are_known_to_take_text(tag: str, output: str) -> None:
    template = Template("{% " + tag + " %}a {{ x }} b{% end %}")
    assert template.render(x="&", shout=shout) == output


def test_a_function_for_escaping_gets_bytes() -> None:
    def quote(content: bytes) -> str:
        return repr(content.decode())

    template = Template("{{ x }},{{ y }}{% raw x %}", autoescape="quote")
    assert template.render(x="a", y=[1], quote=quote) == "'a','[1]'a"


def test_the_last_autoescape_of_a_file_counts_for_all_of_it() -> None:
    text = "{{ x }}{% autoescape None %}{{ x }}{% autoescape shout %}{{ x }}"
    assert Template(text).render(x="a", shout=shout) == "AAA"


def test_apply_is_done_before_what_comes_later() -> None:
    order: list[str] = []

    def note(name: str) -> str:
        order.append(name)
        return name

    def noting(content: bytes) -> bytes:
        order.append("apply")
        return content

    template = Template("{{ f('a') }}{% apply g %}{{ f('b') }}{% end %}{{ f('c') }}")
    assert template.render(f=note, g=noting) == "abc"
    assert order == ["a", "b", "apply", "c"]


def test_linkify_in_a_value_is_not_escaped_again() -> None:
    output = Template("{{ linkify('www.example.com') }}").render()
    assert output == '<a href="http://www.example.com">www.example.com</a>'


def test_helpers() -> None:
    assert text(SafeString("<")) == "<"
    assert type(text(SafeString("<"))) is str
    assert escaped(SafeString("<")) == "<"
    assert type(escaped("<")) is str
    assert filtered(xhtml_escape, SafeString("<")) == "<"
    assert filtered(squeeze, b" a  b ") == "a b"
    assert filtered(linkify, "a") == "a"
    assert told(1.5) == "1.5"
    assert isinstance(told(SafeString("a")), Aside)
