"""Extending templates: blocks, super(), and the ways it can go wrong."""

from __future__ import annotations

import pytest

from zonda.template import DictLoader, ParseError
from zonda.template.inheritance import MAX_ANCESTORS


def render(files: dict[str, str], name: str = "page", **values: object) -> str:
    return DictLoader(files).load(name).render(**values)


BASE = "<{% block a %}A{% end %}|{% block b %}B{% end %}>"


@pytest.mark.parametrize(
    ("files", "output"),
    [
        ({"page": BASE}, "<A|B>"),
        ({"base": BASE, "page": "{% extends base %}"}, "<A|B>"),
        ({"base": BASE, "page": "{% extends 'base' %}ignored{% block a %}1{% end %}"}, "<1|B>"),
        ({"base": BASE, "page": '{% block a %}1{% end %}\n{% extends "base" %}'}, "<1|B>"),
        (
            {
                "base": BASE,
                "middle": "{% extends base %}{% block a %}1{% end %}{% block b %}2{% end %}",
                "page": "{% extends middle %}{% block b %}3{% end %}",
            },
            "<1|3>",
        ),
        # Blocks in blocks.
        (
            {
                "base": "{% block a %}a{% block b %}b{% end %}{% end %}",
                "page": "{% extends base %}{% block b %}B{% end %}",
            },
            "aB",
        ),
        (
            {
                "base": "{% block a %}a{% block b %}b{% end %}{% end %}",
                "page": "{% extends base %}{% block a %}A{% block c %}c{% end %}{% end %}",
            },
            "Ac",
        ),
        # Blocks of included templates, and in them.
        (
            {
                "base": "{% include part %}.",
                "part": "({% block a %}a{% end %})",
                "page": "{% extends base %}{% block a %}A{% end %}",
            },
            "(A).",
        ),
        (
            {
                "base": BASE,
                "page": "{% extends base %}{% include blocks %}",
                "blocks": "{% block a %}1{% end %}{% block b %}2{% end %}",
            },
            "<1|2>",
        ),
        # A template that is included is complete in itself when it extends another one.
        (
            {
                "page": "{% include box %}{% block a %}p{% end %}",
                "box": "{% extends base %}{% block b %}x{% end %}",
                "base": BASE,
            },
            "<A|x>p",
        ),
        # A name that is used twice.
        ({"page": "{% block a %}1{% end %}{% block a %}2{% end %}"}, "22"),
        # super()
        (
            {
                "base": BASE,
                "middle": "{% extends base %}{% block a %}({{ super() }}){% end %}",
                "page": "{% extends middle %}"
                "{% block a %}[{{ super() }}{% raw super( ) %}]{% end %}",
            },
            "<[(A)(A)]|B>",
        ),
        (
            {
                "base": "{% block a %}a{% block b %}b{% end %}{% end %}",
                "page": "{% extends base %}{% block a %}{{ super() }}!{% end %}"
                "{% block b %}B{{ super() }}{% end %}",
            },
            "aBb!",
        ),
        (
            {
                "base": "{% for i in '123' %}{% block a %}{{ i }}{% end %}{% end %}",
                "page": "{% extends base %}"
                "{% block a %}{% apply f %}{{ super() }}{% end %}{% end %}",
            },
            "(1)(2)(3)",
        ),
    ],
)
def test_inheritance(files: dict[str, str], output: str) -> None:
    def f(content: bytes) -> bytes:
        return b"(" + content + b")"

    assert render(files, f=f) == output


def test_blocks_see_the_variables_around_them() -> None:
    files = {
        "base": "{% for i in items %}{% block item %}{% end %}{% end %}{% set z = 1 %}",
        "page": "{% extends base %}{% block item %}{{ i }}{{ z or '-' }},{% end %}",
    }
    assert render(files, items=[1, 2], z=0) == "1-,2-,"


def test_each_block_is_escaped_as_its_own_file_says() -> None:
    files = {
        "raw": "{% autoescape None %}{{ x }}{% block a %}{{ x }}{% end %}",
        "page": "{% extends raw %}{% block a %}{{ x }}{{ super() }}{% end %}",
    }
    assert render(files, x="<") == "<&lt;<"


@pytest.mark.parametrize(
    ("files", "message", "filename", "line"),
    [
        ({"page": "\n{% extends page %}"}, "page extends itself: page -> page", "page", 2),
        (
            {"page": "\n{% extends b %}", "b": "\n\n{% extends page %}"},
            "page extends itself: page -> b -> page",
            "b",
            3,
        ),
        (
            {"page": "{% extends a %}", "a": "{% extends b %}", "b": "\n{% extends a %}"},
            "a extends itself: a -> b -> a",
            "b",
            2,
        ),
        ({"page": "\n{% extends other %}"}, "cannot load 'other'", "page", 2),
        ({"page": "\n{% extends a %}", "a": "\n\n{{"}, "Missing end expression }}", "a", 3),
        ({"page": "\n{% block a %}{{ super() }}{% end %}"}, "super() in a block", "page", 2),
        (
            {"base": BASE, "page": "{% extends base %}\n{% block c %}{{ super() }}{% end %}"},
            None,
            "",
            0,
        ),
        (
            {
                "base": "\n{% block a %}{% end %}",
                "page": "{% extends base %}\n{% block a %}\n{% block a %}{% end %}{% end %}",
            },
            None,
            "",
            0,
        ),
        (
            {
                "base": "{% block a %}{% end %}",
                "page": "{% extends base %}{% include p %}{% block a %}{% include p %}{% end %}",
                "p": "\n{% block a %}{% end %}",
            },
            "block a is inside itself",
            "p",
            2,
        ),
    ],
)
def test_what_is_wrong_has_a_place(
    files: dict[str, str], message: str | None, filename: str, line: int
) -> None:
    if message is None:
        assert render(files) is not None
        return
    with pytest.raises(ParseError) as caught:
        render(files)
    assert caught.value.message.startswith(message)
    assert (caught.value.filename, caught.value.lineno) == (filename, line)


def test_the_number_of_ancestors_has_a_limit() -> None:
    def chain(length: int) -> dict[str, str]:
        text = "\n{% extends NEXT %}{% block a %}{{ x }}{% end %}"
        files = {str(i): text.replace("NEXT", str(i + 1)) for i in range(length)}
        return {**files, str(length): "{% block a %}{% end %}end"}

    assert render(chain(MAX_ANCESTORS), "0", x=1) == "1end"
    with pytest.raises(ParseError, match=f"More than {MAX_ANCESTORS} templates") as caught:
        render(chain(1000), "0")
    assert caught.value.lineno == 2
