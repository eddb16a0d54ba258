"""Tables and charts of the documentation are those that its figures make."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from benchmarks.recording import Measure, Recording
from benchmarks.report import CHARTS, chart, generated
from tests.repository.source import ROOT


def test_what_is_generated_from_the_figures_is_up_to_date() -> None:
    """``python -m benchmarks.report`` makes it so."""
    files = generated()
    for path, content in files.items():
        assert path.read_text() == content, path.relative_to(ROOT)
    assert set(CHARTS.glob("*.svg")) == {path for path in files if path.suffix == ".svg"}


def test_a_recording_is_read_as_it_was_written(tmp_path: Path) -> None:
    recording = Recording("http", [Measure("requests/s"), Measure("us", False)], ["tornado"])
    for rate in (100.0, 300.0, 200.0):
        recording.add("plain", "zonda", rate)
    recording.add("plain", "tornado", 50.0)
    recording.add("plain", "zonda", 2.0, "us")
    recording.add("plain", "tornado", 8.0, "us")
    recording.failed("nginx", "not installed")
    assert recording.finish(tmp_path / "x.json") == 1
    read = Recording.read(tmp_path / "x.json")
    assert read.document() == recording.document()
    assert read.median("plain", "zonda") == 200.0
    assert read.spread("plain", "zonda") == 1.0
    assert read.ratio("plain", "zonda", "tornado") == 4.0
    assert read.ratio("plain", "zonda", "tornado", "us") == 4.0
    assert read.ratio("plain", "zonda", "nginx") is None
    read.add("none", "zonda", 0.0, "us")
    read.add("none", "tornado", 0.0, "us")
    assert read.ratio("none", "zonda", "tornado", "us") == 1.0
    read.add("some", "zonda", 0.0, "us")
    read.add("some", "tornado", 2.0, "us")
    assert read.ratio("some", "zonda", "tornado", "us") == math.inf
    assert read.ratio("some", "tornado", "zonda", "us") == 0.0
    for rate in (25.0, 50.0):
        read.add("plain", "tornado", rate)
    assert read.ratio("plain", "zonda", "tornado") == 4.0, "2, 12 and 4 in the three rounds"
    assert read.ratio("plain", "tornado", "zonda") == 0.25
    with pytest.raises(ValueError, match="'ms' is none of requests/s, us"):
        read.add("plain", "zonda", 1.0, "ms")


def test_a_chart_has_a_bar_for_each_program() -> None:
    recording = Recording("any", [Measure("requests/s")])
    recording.add("plain <1>", "zonda", 200.0)
    recording.add("plain <1>", "tornado", 50.0)
    drawn = chart(recording)
    assert drawn.count("<rect") == 2
    assert "plain &lt;1&gt;" in drawn
    assert drawn.index(">zonda<") < drawn.index(">tornado<")
