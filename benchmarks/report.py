"""From the figures in ``docs/figures/*.json``: the tables and charts of the documentation.

``python -m benchmarks.report`` writes them; a test of the repository says when that was forgotten.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from benchmarks.chart import Bar, bars
from benchmarks.ratios import PROMISES, Promise
from benchmarks.recording import Recording, shown

DOCS = Path(__file__).parent.parent / "docs"
FIGURES = DOCS / "figures"
CHARTS = DOCS / "charts"
PAGE = DOCS / "performance.md"
ALL = DOCS / "figures.md"
BEGIN, END = "<!-- begin of what is generated -->", "<!-- end of what is generated -->"

#: What is drawn of disciplines with many cases.
CHARTED = {
    "http": ("plain", "plain-browser", "json", "file-8k"),
    "growth": ("route 1 of 2000", "header fields 90", "body 262144", "connections 512"),
    "hardship": (
        "form of 1 MiB, worst: ms",
        "cookies of 60 KB, worst: ms",
        "unread pipelined requests: MiB taken in",
        "SIGTERM: s until the end",
        "SIGKILL: s until there is another worker",
    ),
    "websocket": ("echo 32 text", "burst 32", "echo 16384 text", "client 32"),
    "streams": ("line TCP", "lines TCP", "line TLS", "block TCP"),
}
MOST_CASES = 5


def generated(figures: Path = FIGURES) -> dict[Path, str]:
    """Every file that is made from the figures, with its content."""
    recordings = {path.stem: Recording.read(path) for path in sorted(figures.glob("*.json"))}
    files = {CHARTS / f"{name}.svg": chart(found) for name, found in recordings.items()}
    files[ALL] = "\n".join(everything(recordings)) + "\n"
    before, rest = PAGE.read_text().split(BEGIN)
    after = rest.partition(END)[2]
    files[PAGE] = "\n".join([before + BEGIN, *summary(recordings), END + after])
    return files


def write() -> None:
    """Write all of it, and remove charts of what is no longer measured."""
    files = generated()
    CHARTS.mkdir(exist_ok=True)
    for old in CHARTS.glob("*.svg"):
        if old not in files:
            old.unlink()
    for path, content in files.items():
        path.write_text(content)


def summary(recordings: dict[str, Recording]) -> Iterator[str]:
    """The table of promises, what falls short, and the charts."""
    yield ""
    yield "| work | Zonda | how many times as good as | made by |"
    yield "| --- | --- | --- | --- |"
    short = []
    for promise in PROMISES:
        recording = recordings.get(promise.discipline)
        if recording is not None and not promise.is_measured(recording):
            continue
        yield line(promise, recording)
        if recording is not None:
            behind = [
                f"{other} {found:.2f} of {wanted:.2g}"
                for other, found, wanted in promise.ratios(recording)
                if found < wanted
            ]
            if behind:
                short.append(f"- {promise.what}: {', '.join(behind)}")
    yield ""
    if short:
        yield "Short of what is wanted:"
        yield ""
        yield from short
        yield ""
    for name, recording in recordings.items():
        yield f"![{recording.discipline}: {next(iter(recording.measures))}](charts/{name}.svg)"
        yield ""


def line(promise: Promise, recording: Recording | None) -> str:
    """A line of the table."""
    command = f"`nox -s bench -- --only {promise.discipline}`"
    if recording is None:
        return f"| {promise.what} | not measured | | {command} |"
    unit = promise.unit or next(iter(recording.measures))
    value = recording.median(promise.case, promise.program, unit)
    ratios = sorted(promise.ratios(recording), key=lambda ratio: ratio.found)
    cells = ", ".join(
        f"{ratio.other} {ratio.found:.2f}"
        if ratio.enough
        else f"**{ratio.other} {ratio.found:.2f}**"
        for ratio in ratios
    )
    # Where each case has a unit of its own it stands in its name.
    figure = shown(value) if unit == "figure" else f"{shown(value)} {unit}"
    return f"| {promise.what} | {figure} | {cells} | {command} |"


def chart(recording: Recording) -> str:
    """The first measure of some cases, the best program first."""
    measure = next(iter(recording.measures.values()))
    wanted = CHARTED.get(recording.discipline)
    found = [case for case in recording.cases() if wanted is None or case in wanted]
    groups: list[tuple[str, list[Bar]]] = []
    for case in found[:MOST_CASES]:
        figures = [
            (program, value)
            for program in recording.programs(case)
            if (value := recording.median(case, program)) is not None
        ]
        figures.sort(key=lambda bar: bar[1], reverse=measure.more_is_better)
        groups.append((case, figures))
    better = "more" if measure.more_is_better else "less"
    return bars(f"{recording.discipline}: {measure.unit}, {better} is better", groups)


def everything(recordings: dict[str, Recording]) -> Iterator[str]:
    """The page with every figure."""
    yield "# Every figure"
    yield ""
    yield "Medians of interleaved rounds; the spread is the distance from the lowest round to the"
    yield "highest as a part of the median, and a ratio the median of those of each round."
    yield "{doc}`performance` says how to read them."
    for name, recording in recordings.items():
        about = recording.about
        yield ""
        yield f"## {name}"
        yield ""
        yield f"`{about['command']}`, {about['started']}: {about['machine']}, "
        yield f"Python {about['python']}; load before the run {about['load']}."
        yield ""
        for program, version in recording.versions.items():
            yield f"- {program}: {version}"
        yield ""
        yield from table(recording)
        for note in recording.notes:
            yield f"- {note}"
        for what, reason in recording.failures.items():
            yield f"- not measured: {what}: {reason}"


def table(recording: Recording) -> Iterator[str]:
    """All figures of a discipline."""
    heads = [f"{unit} | spread" for unit in recording.measures]
    heads += [f"× {other}" for other in recording.references]
    yield f"| case | program | {' | '.join(heads)} |"
    yield "| --- | --- |" + " --- |" * (2 * len(recording.measures) + len(recording.references))
    for case in recording.cases():
        for program in recording.programs(case):
            cells = []
            for unit in recording.measures:
                value = recording.median(case, program, unit)
                cells.append(shown(value))
                cells.append(
                    "" if value is None else f"{recording.spread(case, program, unit):.0%}"
                )
            for other in recording.references:
                ratio = recording.ratio(case, program, other)
                cells.append("" if ratio is None else f"{ratio:.2f}")
            yield f"| {case.replace('|', 'or')} | {program} | {' | '.join(cells)} |"
    yield ""


if __name__ == "__main__":
    write()
