"""Where templates come from, and what names cannot do."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path

import pytest

from zonda.template import (
    BaseLoader,
    DictLoader,
    Loader,
    ParseError,
    Template,
    TemplateNotFoundError,
)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "secret.txt").write_text("secret")
    (tmp_path / "site-evil").mkdir()
    (tmp_path / "site-evil" / "a.txt").write_text("secret")
    site = tmp_path / "site"
    (site / "sub" / "deep").mkdir(parents=True)
    for name in ("a.txt", "sub/a.txt", "sub/b.txt", "sub/deep/a.txt"):
        (site / name).write_text(name)
    return site


@pytest.mark.parametrize(
    ("name", "parent", "resolved"),
    [
        ("a.txt", None, "a.txt"),
        ("./sub//../a.txt", None, "a.txt"),
        ("a.txt", "sub/b.txt", "sub/a.txt"),
        ("../a.txt", "sub/b.txt", "a.txt"),
        ("../../a.txt", "sub/deep/a.txt", "a.txt"),
        ("deep/a.txt", "sub/b.txt", "sub/deep/a.txt"),
        ("a.txt", "<string>", "a.txt"),
        ("sub/a.txt", "/elsewhere/page.html", "sub/a.txt"),
        ("nothing.txt", None, "nothing.txt"),
    ],
)
def test_names_are_relative(root: Path, name: str, parent: str | None, resolved: str) -> None:
    assert Loader(root).resolve_path(name, parent) == resolved


def test_absolute_names_inside_the_directory_are_the_same_templates(root: Path) -> None:
    loader = Loader(str(root))
    assert loader.load(str(root / "sub/a.txt")) is loader.load("sub/a.txt")


@pytest.mark.parametrize(
    "name",
    ["../secret.txt", "../site-evil/a.txt", "sub/../../secret.txt", "/etc/passwd", "..", "/",
     "//etc/passwd", "sub/../../../../../../../../etc/passwd", "a.txt\0", "../site/../secret.txt"],
)  # fmt: skip
@pytest.mark.parametrize("how", ["load", "extends", "include"])
def test_no_name_leads_out_of_the_directory(root: Path, name: str, how: str) -> None:
    loader = Loader(root)
    if how == "load":
        with pytest.raises(TemplateNotFoundError, match="is outside of"):
            loader.load(name)
    else:
        (root / "sub" / "page.html").write_text(f"\n{{% {how} ../{name.lstrip('/')} %}}")
        (root / "page.html").write_text(f"\n{{% {how} {name} %}}")
        for page in ("page.html", "sub/page.html"):
            with pytest.raises(ParseError, match="cannot load") as caught:
                loader.load(page)
            assert caught.value.lineno == 2


@pytest.mark.parametrize("name", ["nothing.txt", "sub", ".", "", "a.txt/b"])
def test_what_is_not_there(root: Path, name: str) -> None:
    loader = Loader(root)
    with pytest.raises(TemplateNotFoundError, match="there is no template"):
        loader.load(name)
    with pytest.raises(FileNotFoundError):
        loader.load(name)


def test_a_loader_keeps_templates_until_it_is_reset(root: Path) -> None:
    loader = Loader(root)
    template = loader.load("a.txt")
    (root / "a.txt").write_text("changed")
    assert loader.load("a.txt") is template
    assert template.render() == "a.txt"
    loader.reset()
    assert loader.load("a.txt").render() == "changed"


def test_files_are_utf8(root: Path) -> None:
    (root / "good.txt").write_bytes("\ufeff\u00e9".encode())
    (root / "bad.txt").write_bytes("a\n\u00e9".encode("latin-1"))
    loader = Loader(root)
    assert loader.load("good.txt").render() == "\u00e9"
    with pytest.raises(ParseError, match="The template is not UTF-8") as caught:
        loader.load("bad.txt")
    assert (caught.value.filename, caught.value.lineno) == ("bad.txt", 2)


def test_text_with_half_a_character_is_refused() -> None:
    with pytest.raises(ParseError, match="cannot be UTF-8") as caught:
        Template("\u00e9\n\ud800")
    assert caught.value.lineno == 2


def test_the_options_of_a_loader_are_those_of_its_templates() -> None:
    loader = DictLoader(
        {"a.txt": "{{ x }}  {{ y }}"}, autoescape=None, namespace={"y": 2}, whitespace="single"
    )
    assert loader.load("a.txt").render(x="<") == "< 2"
    assert (
        Template("{{ x }}  ", loader=loader, autoescape="xhtml_escape", whitespace="all").render(
            x="<"
        )
        == "&lt;  "
    )


def test_dict_loaders_take_text_and_bytes() -> None:
    loader = DictLoader({"a": "\u00e9", "b/c": "\u00e9".encode(), "b/d": "{% include c %}"})
    assert loader.load("a").generate() == loader.load("b/d").generate() == "\u00e9".encode()
    assert loader.load("d", "b/x") is loader.load("b/d")
    for name in ("x", "../a", "/a"):
        with pytest.raises(KeyError, match="there is no template"):
            loader.load(name)


def test_names_outside_ascii() -> None:
    loader = DictLoader({"\u00e9.html": "{% include \u00e8.html %}", "\u00e8.html": "ok"})
    assert loader.load("\u00e9.html").render() == "ok"


def test_a_loader_of_ones_own() -> None:
    class Upper(BaseLoader):
        def resolve_path(self, name: str, parent_path: str | None = None) -> str:
            return name.upper()

        def _create_template(self, name: str) -> Template:
            text = "{% include part %}!" if name == "PAGE" else f"{name} {{{{ x }}}}"
            return Template(text, name=name, loader=self)

    assert Upper().load("page").render(x=1) == "PART 1!"


def test_an_abstract_loader_loads_nothing() -> None:
    loader = BaseLoader()
    with pytest.raises(NotImplementedError):
        loader.load("a")
    with pytest.raises(NotImplementedError):
        loader._create_template("a")


def test_parts_are_compiled_when_they_are_used_themselves() -> None:
    loader = DictLoader({"page": "{% include part %}", "part": "{% block a %}{{ x }}{% end %}"})
    page = loader.load("page")
    assert loader.load("part").render(x=1) == page.render(x=1) == "1"
    assert "def template" in loader.load("part").code


def test_a_part_that_cannot_stand_alone_is_an_error_where_it_is_loaded() -> None:
    loader = DictLoader(
        {
            "base": "{% block a %}{% end %}",
            "page": "{% extends base %}{% include part %}",
            "part": "\n{% block a %}{{ super() }}{% end %}",
        }
    )
    assert loader.load("page").render() == ""
    for _ in range(2):
        with pytest.raises(ParseError, match="replaces no other"):
            loader.load("part")


def test_threads_may_load_the_same_templates() -> None:
    files = {f"{i}": f"{{% include {i + 1} %}}{i}," for i in range(20)}
    loader = DictLoader({**files, "20": "{{ x }}"})
    outputs: list[str] = []
    threads = [
        threading.Thread(target=lambda i=i: outputs.append(loader.load(str(i % 20)).render(x="x")))
        for i in range(60)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(outputs) == 60
    assert all(output.startswith("x19,") for output in outputs)


async def test_loading_and_rendering_in_a_running_loop(root: Path) -> None:
    (root / "page.html").write_text("{% extends base.html %}{% block a %}{{ await f() }}{% end %}")
    (root / "base.html").write_text("<{% block a %}{% end %}>")

    async def wait() -> str:
        await asyncio.sleep(0)
        return "&"

    template = Loader(root).load("page.html")
    both = await asyncio.gather(*(template.render_async(f=wait) for _ in range(3)))
    assert both == ["<&amp;>"] * 3
