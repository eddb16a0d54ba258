"""The tools of the repository refuse what they are for refusing."""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import PathDistribution
from pathlib import Path

import packaging
import pytest

from scripts import bump, closing_lines, installed, site_links
from tests.repository.source import PACKAGES, ROOT

PACKAGING = str(Path(packaging.__file__).parents[1])


def distribution(directory: Path, name: str, *requires: str) -> PathDistribution:
    """A distribution of that name, as an installer would record it."""
    info = directory / f"{name}-1.dist-info"
    info.mkdir()
    lines = ["Metadata-Version: 2.4", f"Name: {name}", "Version: 1"]
    lines += [f"Requires-Dist: {line}" for line in requires]
    (info / "METADATA").write_text("\n".join(lines))
    return PathDistribution(info)


@pytest.mark.parametrize(
    ("requires", "expected"),
    [
        ([], {"a"}),
        (["B"], {"a", "b"}),
        (["c"], {"a", "b", "c"}),  # and c asks for b
        (["c; python_version < '3'"], {"a"}),
        (["c; extra == 'more'"], {"a"}),
        (["d"], {"a", "d"}),
        (["d[Extra_X]"], {"a", "b", "d"}),  # b comes with that extra
        (["c", "e"], {"a", "b", "c", "e"}),  # e asks for a
    ],
)
def test_reachable(tmp_path: Path, requires: list[str], expected: set[str]) -> None:
    found = {
        "a": distribution(tmp_path, "a", *requires),
        "b": distribution(tmp_path, "b"),
        "c": distribution(tmp_path, "c", "b"),
        "d": distribution(tmp_path, "d", "b; extra == 'extra-x'"),
        "e": distribution(tmp_path, "e", "a"),
    }
    assert installed.reachable(found, ["a"], PACKAGING) == expected


def test_reachable_names_what_is_missing(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="b is asked for and not installed"):
        installed.reachable({"a": distribution(tmp_path, "a", "b")}, ["a"], PACKAGING)


def test_installed_refuses_an_environment_with_more_in_it() -> None:
    command = [sys.executable, "-I", "scripts/installed.py", PACKAGING, "zonda-escape"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "nothing asks for" in done.stderr and "pytest" in done.stderr


def test_bump_changes_the_version_and_the_pins_of_siblings_only() -> None:
    text = (
        'version = "0.1.0"\n'
        'dependencies = ["zonda-http==0.1.0", "zonda-ioloop[uvloop]==0.1.0", "other==0.1.0"]\n'
        "extra = ['zonda-web==0.1.0; python_version >= \"3.11\"']\n"
        '[tool]\nversion = "0.1.0"\n'
    )
    assert bump.bump(text, "2.0.0rc1") == (
        'version = "2.0.0rc1"\n'
        'dependencies = ["zonda-http==2.0.0rc1", "zonda-ioloop[uvloop]==2.0.0rc1",'
        ' "other==0.1.0"]\n'
        "extra = ['zonda-web==2.0.0rc1; python_version >= \"3.11\"']\n"
        '[tool]\nversion = "0.1.0"\n'
    )


@pytest.mark.parametrize("name", ["", *(f"packages/{package}" for package in PACKAGES)])
def test_bump_reaches_every_place_of_the_version(name: str) -> None:
    text = (ROOT / name / "pyproject.toml").read_text(encoding="utf-8")
    version = text.partition('version = "')[2].partition('"')[0]
    changed = bump.bump(text, "77.77.77")
    assert changed.count("77.77.77") == text.count(f'"{version}"') + text.count(f"=={version}")


@pytest.mark.parametrize("version", ["", "1", "v1.2.3", "1.2", "1.2.3-beta"])
def test_bump_refuses_what_is_no_version(version: str) -> None:
    with pytest.raises(SystemExit, match="is not a version"):
        bump.main(version)


LOG = """\
Starting session lint...
========== ✓ lint: success, 3 seconds ==========
.... [100%]
50 passed in 1.00s
========== ✗ tests(loop='asyncio', python='3.11'): failed, 4 minutes ==========
1 failed, 100 passed, 2 skipped in 90.50s (0:01:30)
========== ✓ tests(loop='uvloop', python='3.11'): success, 4 minutes ==========
=========== 101 passed, 2 skipped in 100.00s ===========
nox > Running session alone(package='web', python='3.12')
7 passed, 1 warning in 0.50s
"""


def test_closing_lines_end_with_the_total_of_everything_together() -> None:
    assert closing_lines.summary(LOG).splitlines() == [
        "lint: 50 passed in 1.00s",
        "alone(package='web', python='3.12'): 7 passed, 1 warning in 0.50s",
        "tests(loop='asyncio', python='3.11'): 1 failed, 100 passed, 2 skipped in 90.50s (0:01:30)",
        "tests(loop='uvloop', python='3.11'): 101 passed, 2 skipped in 100.00s",
        "===== 1 failed, 201 passed, 4 skipped in 190.50s =====",
    ]


def test_closing_lines_say_when_nothing_ran() -> None:
    assert closing_lines.summary("no session").splitlines() == ["===== no tests ran in 0.00s ====="]


def test_links_of_a_site_that_lead_nowhere_are_named(tmp_path: Path) -> None:
    (tmp_path / "guides").mkdir()
    (tmp_path / "a picture.svg").touch()
    (tmp_path / "index.html").write_text(
        '<a href="guides/login.html#caf%C3%A9"></a><a href="#top"></a><img src="a%20picture.svg">'
        '<a href="https://elsewhere.example/nothing"></a><a href="guides/"></a>'
    )
    (tmp_path / "guides" / "index.html").write_text('<a href="../"></a>')
    (tmp_path / "guides" / "login.html").write_text('<h2 id="café"></h2>')
    site_links.main(str(tmp_path))
    (tmp_path / "guides" / "login.html").write_text('<a href="no.html"></a><img src="no.svg">')
    assert site_links.broken(tmp_path) == [
        "guides/login.html: no.html",
        "guides/login.html: no.svg",
        "index.html: guides/login.html#caf%C3%A9",
    ]
    with pytest.raises(SystemExit, match="lead nowhere"):
        site_links.main(str(tmp_path))
    with pytest.raises(SystemExit, match="there is no site"):
        site_links.main(str(tmp_path / "guides" / "nothing"))
