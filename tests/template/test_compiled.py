"""A template as a whole: whatever its text is, it has output or an error with a place."""

from __future__ import annotations

import datetime
import subprocess
import sys
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.growth import LINEAR, growth_of
from tests.template.talk import LOADER as TALK
from tests.template.talk import values
from zonda.escape import SafeString
from zonda.template import DictLoader, ParseError, Template, TemplateError


def test_output_is_bytes_or_text() -> None:
    template = Template("\u00e9{{ x }}")
    assert template.generate(x="\u20ac") == "\u00e9\u20ac".encode()
    assert template.render(x="\u20ac") == "\u00e9\u20ac"


def test_the_parameters_in_their_order() -> None:
    loader = DictLoader({"b.html": "{{ x }} "})
    template = Template("{{ x }}  {% include b.html %}", "a.html", loader, None, None, "all")
    assert template.name == "a.html"
    assert template.loader is loader
    assert template.autoescape is None
    assert template.render(x="<") == "<  &lt; "


def test_templates_are_bytes_too() -> None:
    assert Template("\u00e9{{ '\u20ac' }}".encode()).render() == "\u00e9\u20ac"


def test_what_is_no_template() -> None:
    with pytest.raises(TypeError, match="made of str or bytes, not 3"):
        Template(3)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="the name of a function, or None, not <function"):
        Template("", autoescape=lambda text: text)  # type: ignore[arg-type]


LOADER = DictLoader(
    {
        "a.html": "A{{ x }}{% block b %}1{% end %}",
        "b.html": "{% extends a.html %}{% block b %}2{{ super() }}{% end %}",
    }
)
TOKENS = [
    "{{", "}}", "{%", "%}", "{#", "#}", "!", "x", "y", "if", "else", "elif", "for", "in", "end",
    "block", "try", "except", "finally", "set", "=", "import", "from", "os", "apply", "raw",
    "module", "include", "extends", "autoescape", "None", "whitespace", "single", "all", "break",
    "continue", "comment", "super()", "await", "async", "yield", "lambda:", "(", ")", "[", "]",
    "{", "}", "'", '"', "'''", '"""', "\\", "#", ":", ",", ".", "1", "0x", "1e", "+", "-", "*",
    "**", "not", "and", "is", "==", ":=", "a.html", "b.html", "_tt_x", "_tt_modules", "endif",
    "endfor", "as", "with", "def", "class", "return", "del", "global", "assert", "pass", "raise",
    "f'{x}'", "%", "@", "~", "//", "<pre>", "xhtml_escape", "...", "1/0", "x.y", "x()",
]  # fmt: skip
TAGS = [
    "{% if x %}", "{% else %}", "{% end %}", "{% for x in y %}", "{% try %}", "{% except %}",
    "{% finally %}", "{{ x }}", "{% set x = 1 %}", "{% block b %}", "{% block a %}",
    "{% extends a.html %}", "{% include b.html %}", "{{ super() }}", "{% break %}",
    "{% apply linkify %}", "{% raw y %}", "text", "\n", "{{ x.y }}", "{{ 1 / 0 }}",
]  # fmt: skip
soup = st.lists(st.sampled_from([*TOKENS, " ", " ", "\n", "\r", "\0"]) | st.text(max_size=2))
texts = st.one_of(
    st.text(),
    soup.map("".join),
    soup.map(lambda parts: "{{" + "".join(parts) + "}}"),
    soup.map(lambda parts: "\n{% " + " ".join(parts) + " %}{% end %}"),
    st.lists(st.sampled_from(TAGS)).map("".join),
)


@given(texts)
def test_any_text_has_output_or_an_error_with_its_place(text: str) -> None:
    try:
        template = Template(text, loader=LOADER)
    except ParseError as error:
        own = error.filename == "<string>"
        lines = text.split("\n")
        assert 1 <= error.lineno <= len(lines) or not own
        assert not own or error.line in ("", lines[error.lineno - 1])
        assert error.message in error.explain()
        return
    try:
        output = template.generate(x="<", y=[1, 2])
    except TemplateError as error:
        assert "awaits something" in str(error)
    except Exception as error:
        assert any("In the template: # " in note for note in error.__notes__)
    else:
        assert output.decode() == template.render(x="<", y=[1, 2])


@pytest.mark.parametrize(
    "unit",
    ["{{ x }}", "a{{ x }}\n", "\u00e9{{ x }}", "{% set y = x %}", "{% if x %}a{% end %}", "{{!"],
)
def test_compiling_is_linear(unit: str) -> None:
    assert growth_of(Template, lambda size: unit * size, size=64) < LINEAR


def test_rendering_is_linear() -> None:
    template = Template("{% for x in xs %}{{ x }}<{{ x }}>{% end %}")
    assert growth_of(lambda xs: template.render(xs=xs), lambda size: ["a&b"] * size) < LINEAR


def test_the_compiler_comes_with_the_first_template() -> None:
    code = """
import sys, zonda.template as t
assert "zonda.template.parser" not in sys.modules
t.Template("")
assert "zonda.template.parser" in sys.modules
"""
    subprocess.run([sys.executable, "-c", code], check=True)


# The templates of the talk.


def test_the_first_example() -> None:
    page = TALK.load("home.html").generate(username="Leeroy Jenkins")
    assert page == b"<html>\n<body>\nHi Leeroy Jenkins, welcome to our site.\n</body>\n</html>"


def test_the_base_template_for_a_stranger() -> None:
    year = datetime.date.today().year
    assert (
        TALK.load("base.html").render(**values())
        == f"""\
<html>
<head>
<title>My Site :: Unextended Template</title>
<link rel="stylesheet" type="text/css" href="/static/css/site.css?v=1" />
<script type="text/javascript" src="/static/javascript/site.js?v=1"></script>

<script type="text/javascript" src="http://api.recaptcha.net/js/recaptcha_ajax.js">
</script>

</head>
<body>
<h1>Header of example.com</h1>

<div id="content">

No Content Specified

</div>
<ul id="footer">
<li><a href="/terms">Gesch\u00e4ftsbedingungen</a></li>
<li class="center">Version: 1.0</li>
<li class="right">Copyright &copy; {year}</li>
</ul>
</body>
</html>
"""
    )


def test_the_content_template_for_a_member() -> None:
    page = TALK.load("content.html").render(
        **values(
            current_user="Leeroy",
            request=SimpleNamespace(uri="/error", host="example.com"),
            status_code=404,
            exception="<Not Found>",
        )
    )
    assert "<title>My Site :: Fehler &amp; mehr</title>" in page
    assert '<body class="authenticated">' in page
    assert "recaptcha" not in page
    assert "<div>members</div>" in page
    assert '<h2 class="error">404 - &lt;Not Found&gt;</h2>' in page
    assert "No Content Specified" not in page


def test_the_form_with_its_hidden_field() -> None:
    field = SafeString('<input type="hidden" name="_xsrf" value="token"/>')
    page = TALK.load("form.html").render(xsrf_form_html=lambda: field)
    assert page.splitlines()[:3] == [
        '<form action="/login" method="post">',
        '<input type="hidden" name="_xsrf" value="token"/>',
        '<div>Username: <input type="text" name="username"/></div>',
    ]
