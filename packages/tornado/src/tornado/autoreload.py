"""Starting a program anew when its source changes."""

from __future__ import annotations

from zonda.autoreload import add_reload_hook, main, restart_program, start, wait, watch

__all__ = ["add_reload_hook", "main", "start", "wait", "watch"]

_reload = restart_program

if __name__ == "__main__":
    # What runs under the wrapper may ask sys.modules for it by its name.
    import importlib

    importlib.import_module("tornado.autoreload").main()
