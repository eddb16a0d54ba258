"""The doctor tells whose ``tornado`` is imported."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from zonda.tornado import Finding, examine
from zonda.tornado.__main__ import main


def findings(directory: Path) -> list[str]:
    """What the doctor says where *directory* comes first, with its levels."""
    code = (
        f"import sys; sys.path.insert(0, {str(directory)!r}); from zonda.tornado import examine\n"
        "for finding in examine(): print(finding.level, finding.text)"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True
    )
    return result.stdout.splitlines()


def put(directory: Path, *files: str) -> Path:
    package = directory / "tornado"
    package.mkdir()
    for name in ("__init__.py", *files):
        (package / name).touch()
    return directory


def distribution(directory: Path, name: str, version: str, requires: str = "") -> Path:
    info = directory / f"{name}-{version}.dist-info"
    info.mkdir()
    text = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
    (info / "METADATA").write_text(text + (f"Requires-Dist: {requires}\n" if requires else ""))
    return directory


def test_here_it_is_ours() -> None:
    assert examine()[0].level == "ok"


@pytest.mark.parametrize(
    ("files", "said"),
    [
        (["_locale_data.py"], "error import tornado gives Tornado itself"),
        (["_locale_data.py", "generator_runner.py"], "error halves of two packages are mixed"),
        ([], "error import tornado gives something unknown"),
        (["generator_runner.py"], "ok import tornado gives Zonda"),
    ],
)
def test_whose_it_is(tmp_path: Path, files: list[str], said: str) -> None:
    assert findings(put(tmp_path, *files))[0].startswith(said)


def test_both_distributions_are_an_error(tmp_path: Path) -> None:
    distribution(tmp_path, "tornado", "6.5.1")
    assert any("tornado 6.5.1 is installed beside" in line for line in findings(tmp_path))


def test_who_asks_for_tornado_is_named(tmp_path: Path) -> None:
    distribution(tmp_path, "flower", "2.0", "tornado<7,>=5")
    (note,) = [line for line in findings(tmp_path) if "flower" in line]
    assert note.startswith("note ") and "Moving from Tornado" in note


def test_the_status_says_whether_something_is_wrong(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert main([]) == 2
    assert main(["doctor"]) == 0
    assert "ok: import tornado gives Zonda" in capsys.readouterr().out
    wrong = [Finding("error", "no")]
    monkeypatch.setattr("zonda.tornado.__main__.examine", lambda: wrong)
    assert main(["doctor"]) == 1


def test_without_any_tornado(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("zonda.tornado.doctor.find_spec", lambda name: None)
    assert examine()[0] == Finding(
        "error", "nothing called tornado can be imported: install zonda-tornado"
    )
