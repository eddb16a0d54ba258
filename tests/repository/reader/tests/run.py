"""Tests with a runner of their own, as a page takes them for granted."""

from __future__ import annotations

import sys

if __name__ == "__main__":
    assert sys.argv[1:] == ["--fast"]
