"""What templates make of values."""

from __future__ import annotations

import pytest

from zonda.template import DictLoader, Template


@pytest.mark.parametrize(
    ("text", "output"),
    [
        ("", ""),
        ("text", "text"),
        ("{{ x }}", "&lt;&amp;&gt;"),
        ("{% raw x %}", "<&>"),
        ("{# no #}a{% comment no %}b", "ab"),
        ("{{! {%! {#!", "{{ {% {#"),
        ("{% if n > 1 %}many{% elif n %}one{% else %}none{% end %}", "many"),
        ("{% for i in range(n) %}{{ i }},{% end %}", "0,1,2,"),
        ("{% set y = n + 1 %}{{ y }}", "4"),
        ("{% import math %}{{ math.floor(1.5) }}", "1"),
        ("{% from math import floor as f %}{{ f(1.5) }}", "1"),
        ("{% while n %}{% set n -= 1 %}{{ n }}{% end %}", "210"),
        ("{% apply upper %}a{{ n }}{% end %}", "A3"),
        ('{{ {"a": {"b": "}}"}}["a"]["b"] }}', "}}"),
    ],
)
def test_the_language(text: str, output: str) -> None:
    values = {"x": "<&>", "n": 3, "upper": lambda content: content.upper()}
    assert Template(text).generate(**values) == output.encode()
    assert Template(text).render(**values) == output


def test_inheritance_and_includes() -> None:
    loader = DictLoader(
        {
            "base.html": "<{% block a %}A{% end %}|{% block b %}B{% end %}>",
            "page.html": "{% extends base.html %}"
            "{% block a %}{{ super() }}+{% include i.html %}{% end %}",
            "i.html": "{{ x }}",
        }
    )
    assert loader.load("page.html").generate(x=1) == b"<A+1|B>"
