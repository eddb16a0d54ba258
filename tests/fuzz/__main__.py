"""Feed targets with mutated bytes: ``python -m tests.fuzz [--seconds 60] [TARGET ...]``.

Each target runs in a process of its own, guided by what of ``zonda`` the bytes reach.  It begins
with its corpus; a finding is written to ``tests/fuzz/findings/`` and ends the run with an error.
Move it to the corpus when it is repaired.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
NAMES = (
    *("connection", "header-lines", "response-heads", "multipart", "cookies", "ranges"),
    *("websocket", "template"),
)

# Seconds for one input; what takes longer is a finding.
SLOWEST = 10
MEMORY_MIB = 1024
MAX_INPUT = 4096


def fuzz(name: str, seconds: int) -> None:
    """Run one target in this process; does not return."""
    import atheris  # type: ignore[import-not-found,import-untyped,unused-ignore]  # only "nox -s fuzz" has it

    with atheris.instrument_imports(include=["zonda"]):
        from tests.fuzz.targets import TARGETS
    findings = HERE / "findings"
    findings.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as grown:
        arguments = [
            f"-max_total_time={seconds}",
            f"-timeout={SLOWEST}",
            f"-rss_limit_mb={MEMORY_MIB}",
            f"-max_len={MAX_INPUT}",
            f"-artifact_prefix={findings}/{name}-",
            "-print_final_stats=1",
            "-verbosity=0",
        ]
        atheris.Setup([sys.argv[0], *arguments, grown, str(HERE / "corpus" / name)], TARGETS[name])
        atheris.Fuzz()


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(prog="tests.fuzz", description=__doc__)
    parser.add_argument("--seconds", type=int, default=60, help="for each target (default: 60)")
    parser.add_argument("--here", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("targets", nargs="*", metavar="TARGET", help=", ".join(NAMES))
    options = parser.parse_args()
    unknown = sorted(set(options.targets) - set(NAMES))
    if unknown:
        parser.error(f"no target is called {unknown[0]!r}: there are {', '.join(NAMES)}")
    if options.here:
        fuzz(options.targets[0], options.seconds)
    failed = []
    for name in options.targets or NAMES:
        print(f"== {name}, {options.seconds} s", flush=True)
        command = [sys.executable, "-m", "tests.fuzz", "--here", f"--seconds={options.seconds}"]
        if subprocess.run([*command, name], check=False).returncode:
            failed.append(name)
    if failed:
        sys.exit(f"there are findings for {', '.join(failed)}: see {HERE / 'findings'}")


if __name__ == "__main__":
    main()
