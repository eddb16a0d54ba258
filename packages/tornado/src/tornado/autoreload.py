"""Starting a program anew when its source changes."""

from __future__ import annotations

from zonda.autoreload import add_reload_hook, main, restart_program, start, wait, watch

__all__ = ["add_reload_hook", "main", "start", "wait", "watch"]

_reload = restart_program

if __name__ == "__main__":
    main()
