"""Pages made from templates, with modules, methods and languages."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.web.site import site
from zonda.locale import Locale, get
from zonda.template import DictLoader
from zonda.web import RequestHandler, RuleLike, TemplateModule, UIModule
from zonda.web.languages import browser_locale

BASE = "<html><head></head><body>{% block b %}{% end %}</body></html>"


class Page(RequestHandler):
    def get(self, name: str) -> None:
        self.render(f"{name}.html", value="<&>", where="page")


class Box(UIModule):
    def render(self, text: str = "", tag: str = "b") -> str:
        assert self.request is self.handler.request
        assert self.current_user is None
        return f"<{tag}>{text}</{tag}>"

    def embedded_css(self) -> str:
        return ".box{}"

    def css_files(self) -> list[str]:
        return ["/abs.css", "https://x.example/y.css"]

    def embedded_javascript(self) -> str:
        return "box()"

    def javascript_files(self) -> str:
        return "/box.js"

    def html_head(self) -> str:
        return "<meta>"

    def html_body(self) -> str:
        return "<hr>"


class Inner(UIModule):
    def render(self) -> bytes:
        return self.render_string("inner.html", word=self.locale.translate("word"))


def shout(handler: RequestHandler, text: str) -> str:
    assert isinstance(handler, Page)
    return text.upper()


TEMPLATES = {
    "base.html": BASE,
    "escaped.html": "{{ value }}{% raw value %}",
    "names.html": "{{ handler.get_status() }} {{ request.path }} {{ current_user }} "
    "{{ locale.code }} {{ _('x') }} {{ reverse_url('page', 'a') }} {{ shout(where) }}",
    "box.html": "{% extends 'base.html' %}{% block b %}{{ modules.Box('x') }}"
    "{% module Box('y', tag='i') %}{% module Inner() %}{% end %}",
    "inner.html": "<u>{{ word }}</u>",
    "unknown.html": "{{ modules.Nothing() }}",
    "template.html": "{% extends 'base.html' %}{% block b %}"
    "{% module Template('row.html', n=1) %}{% module Template('row.html', n=2) %}{% end %}",
    "row.html": "{{ set_resources(embedded_css='.row{}', javascript_files='/row.js', "
    "html_head='<h>', html_body='<e>', css_files=['/row.css'], embedded_javascript='row()') }}"
    "<p>{{ n }}</p>",
    "different.html": "{% module Template('bad.html', n='1') %}"
    "{% module Template('bad.html', n='2') %}",
    "bad.html": "{{ set_resources(embedded_css=n) }}",
    "linkify.html": "{% module linkify('see http://x.example') %}",
    "form.html": "{{ xsrf_form_html() }}|{% module xsrf_form_html() %}",
}
SETTINGS: dict[str, Any] = {
    "template_loader": DictLoader(TEMPLATES),
    "ui_modules": [{"Box": Box, "nothing": 5}, {"Inner": Inner}],
    "ui_methods": {"shout": shout, "_hidden": shout},
    "cookie_secret": "x",
}
RULES: list[RuleLike] = [("/(.*)", Page, {}, "page")]


async def render(name: str) -> str:
    async with site(RULES, **SETTINGS) as web:
        received = await web.fetch(f"/{name}")
        assert received.code == 200
        return received.body.decode()


async def test_values_are_escaped() -> None:
    assert await render("escaped") == "&lt;&amp;&gt;<&>"


async def test_the_names_that_templates_know() -> None:
    assert await render("names") == "200 /names None en_US x /a PAGE"


async def test_modules_embed_what_they_need_once() -> None:
    assert await render("box") == (
        '<html><head><link href="/abs.css" type="text/css" rel="stylesheet"/>'
        '<link href="https://x.example/y.css" type="text/css" rel="stylesheet"/>\n'
        '<style type="text/css">\n.box{}\n</style>\n<meta>\n</head>'
        "<body><b>x</b><i>y</i><u>word</u>"
        '<script src="/box.js" type="text/javascript"></script>\n'
        '<script type="text/javascript">\n//<![CDATA[\nbox()\n//]]>\n</script>\n<hr>\n'
        "</body></html>"
    )


async def test_templates_as_modules() -> None:
    page = await render("template")
    assert "<p>1</p><p>2</p>" in page
    assert page.count(".row{}") == page.count("/row.js") == page.count("row()") == 1
    assert page.count("<h>") == page.count("<e>") == page.count("/row.css") == 1
    assert issubclass(TemplateModule, UIModule)


async def test_standard_modules() -> None:
    assert '<a href="http://x.example">' in await render("linkify")
    first, second = (await render("form")).split("|_xsrf")[0].split("/>|")
    assert 'name="_xsrf"' in first
    assert 'name="_xsrf"' in second
    assert "&lt;" not in first


@pytest.mark.parametrize("name", ["unknown", "different", "missing"])
async def test_mistakes_are_500_and_logged(name: str, caplog: pytest.LogCaptureFixture) -> None:
    async with site(RULES, **SETTINGS) as web:
        assert (await web.fetch(f"/{name}")).code == 500
    assert {"unknown": "'Nothing'", "different": "set_resources", "missing": "missing.html"}[
        name
    ] in caplog.text


async def test_templates_of_a_directory(tmp_path: Path) -> None:
    (tmp_path / "x.html").write_text("one {{ value }}")
    async with site(RULES, template_path=str(tmp_path), autoescape=None) as web:
        assert (await web.fetch("/x")).body == b"one <&>"
        (tmp_path / "x.html").write_text("two")
        assert (await web.fetch("/x")).body == b"one <&>"
    async with site(RULES, template_path=str(tmp_path), debug=True, autoreload=False) as web:
        assert (await web.fetch("/x")).body == b"two"
        (tmp_path / "x.html").write_text("three")
        assert (await web.fetch("/x")).body == b"three"


@pytest.mark.parametrize("chosen", ["en_US", get("en_US")])
async def test_the_language_that_a_user_chose(chosen: Locale | str) -> None:
    class Choosing(RequestHandler):
        def get_user_locale(self) -> Locale | str:
            return chosen

        def get(self) -> None:
            first = self.locale.code
            self.locale = get("en_US")
            self.write(f"{first} {self.locale.name}")

    async with site([("/", Choosing)]) as web:
        assert (await web.fetch("/")).body == b"en_US English (US)"


@pytest.mark.parametrize(
    ("header", "code"),
    [
        (None, "en_US"),
        ("", "en_US"),
        ("xx", "en_US"),
        ("en-US,en;q=0.5", "en_US"),
        ("../../x," * 1000, "en_US"),
        ("x" * 10_000, "en_US"),
        ("en;q=0, *;q=nonsense", "en_US"),
        ("en;q=2", "en_US"),
    ],
)
def test_without_translations_every_header_is_the_default(header: str | None, code: str) -> None:
    assert browser_locale(header, "en_US").code == code


def test_ui_modules_must_be_modules() -> None:
    from zonda.web import Application

    with pytest.raises(TypeError, match="ui_modules"):
        Application(ui_modules=5)


async def test_applications_do_not_share_loaders() -> None:
    class Page(RequestHandler):
        def get(self) -> None:
            self.render("page.html", word="x")

    for text in ("one {{ word }}", "two {{ word }}"):
        loader = DictLoader({"page.html": text})
        async with site([("/", Page)], template_loader=loader) as web:
            for _ in range(2):
                assert (await web.fetch("/")).body == text.replace("{{ word }}", "x").encode()


async def test_a_namespace_of_ones_own() -> None:
    class Page(RequestHandler):
        def get_template_namespace(self) -> dict[str, object]:
            return self.ui  # type: ignore[return-value]  # a mapping is enough

        def get(self) -> None:
            self.render("page.html", word="x")

    loader = DictLoader({"page.html": "{{ shout(word) }}"})
    methods = {"shout": lambda handler, word: word.upper()}
    async with site([("/", Page)], template_loader=loader, ui_methods=methods) as web:
        assert (await web.fetch("/")).body == b"X"
