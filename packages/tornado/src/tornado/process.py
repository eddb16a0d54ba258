"""Worker processes, and child processes with streams."""

from __future__ import annotations

from subprocess import CalledProcessError

from zonda.iostream import Subprocess, cpu_count, fork_processes, task_id

__all__ = ["CalledProcessError", "Subprocess", "cpu_count", "fork_processes", "task_id"]
