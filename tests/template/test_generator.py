"""Including templates, and the limits of what is written together."""

from __future__ import annotations

import pytest

from zonda.template import DictLoader, ParseError, Template, generator
from zonda.template.generator import MAX_DEPTH


def render(files: dict[str, str], name: str = "page", **values: object) -> str:
    return DictLoader(files).load(name).render(**values)


@pytest.mark.parametrize(
    ("files", "output"),
    [
        ({"page": "a{% include b %}c", "b": "b"}, "abc"),
        ({"page": "{% include b %}{% include b %}", "b": "{{ x }}"}, "11"),
        ({"page": "{% for x in 'ab' %}{% include b %}{% end %}", "b": "{{ x }}"}, "ab"),
        ({"page": "{% include b %}{{ y }}", "b": "{% set y = x + 1 %}"}, "2"),
        ({"page": "{% include a/b %}", "a/b": "{% include c %}", "a/c": "{% include ../d %}",
          "d": "d"}, "d"),
        ({"page": "{% apply f %}{% include b %}{% end %}!", "b": "b{{ x }}"}, "B1!"),
        ({"page": "{% include b.html %}  |", "b.html": " a \n b "}, " a\nb   |"),
        ({"page": "{% include b %}{{ z }}", "b": "{% autoescape None %}{{ z }}"}, "<&lt;"),
    ],
)  # fmt: skip
def test_includes(files: dict[str, str], output: str) -> None:
    def f(content: bytes) -> bytes:
        return content.upper()

    assert render(files, x=1, z="<", f=f) == output


@pytest.mark.parametrize(
    ("files", "message", "filename", "line"),
    [
        ({"page": "\n{% include page %}"}, "page includes itself", "page", 2),
        ({"page": "\n{% include a %}", "a": "\n\n{% include page %}"}, "page includes", "a", 3),
        ({"page": "{% include a %}", "a": "\n{% extends b %}", "b": "{% include a %}"},
         "a includes itself", "b", 1),
        ({"page": "\n{% extends a %}", "a": "\n\n{% include page %}"}, "page includes", "a", 3),
        ({"page": "\n{% block a %}\n{% include page %}{% end %}"}, "page includes", "page", 3),
        ({"page": "\n{% include other %}"}, "cannot load 'other': there is no", "page", 2),
        ({"page": "\n{% include a %}", "a": "\n\n{% foo %}"}, "unknown operator", "a", 3),
    ],
)  # fmt: skip
def test_what_is_wrong_has_a_place(
    files: dict[str, str], message: str, filename: str, line: int
) -> None:
    with pytest.raises(ParseError) as caught:
        render(files)
    assert caught.value.message.startswith(message)
    assert (caught.value.filename, caught.value.lineno) == (filename, line)


@pytest.mark.parametrize("text", ["\n{% include a %}", "\n{% extends a %}"])
def test_a_template_without_a_loader_has_no_others(text: str) -> None:
    with pytest.raises(ParseError, match="'a' needs a template loader") as caught:
        Template(text)
    assert caught.value.lineno == 2
    assert "loader=Loader" in caught.value.hint


def test_the_depth_of_includes_has_a_limit() -> None:
    def chain(length: int) -> dict[str, str]:
        files = {str(i): f"\n{{% include {i + 1} %}}" for i in range(length)}
        return {**files, str(length): "end"}

    assert render(chain(MAX_DEPTH - 1), "0").strip() == "end"
    with pytest.raises(ParseError, match=f"More than {MAX_DEPTH} levels") as caught:
        render(chain(1000), "0")
    assert caught.value.lineno == 2


def test_the_depth_of_tags_counts_over_all_files() -> None:
    files = {"page": "{% if 1 %}" * 60 + "{% include a %}" + "{% end %}" * 60}
    files["a"] = "\n" + "{% if 1 %}" * 60 + "{% end %}" * 60
    with pytest.raises(ParseError, match=f"More than {MAX_DEPTH} levels") as caught:
        render(files)
    assert (caught.value.filename, caught.value.lineno) == ("a", 2)


@pytest.mark.parametrize("times", [2, 10, 1000])
def test_templates_that_multiply_are_refused(times: int, monkeypatch: pytest.MonkeyPatch) -> None:
    assert generator.MAX_PARTS == 200_000
    monkeypatch.setattr(generator, "MAX_PARTS", 10_000)
    files = {str(i): f"{{% include {i + 1} %}}" * times for i in range(60)}
    with pytest.raises(ParseError, match="More than 10000 parts"):
        render({**files, "60": "end"}, "0")


def test_too_many_loops_inside_one_another_are_refused() -> None:
    text = "\n{% for x in '1' %}" * 30 + "{% end %}" * 30
    with pytest.raises(ParseError, match="too many statically nested blocks") as caught:
        Template(text)
    assert 20 <= caught.value.lineno <= 23


def test_a_template_that_is_too_deep_for_python_is_refused() -> None:
    inner = "{% elif 0 %}" * 400
    text = ("{% if 0 %}" + inner) * 20 + "{% end %}" * 20
    try:
        output = Template(text).render()
    except ParseError as error:
        assert error.message == "The template is nested too deeply"
    else:
        assert output == ""
