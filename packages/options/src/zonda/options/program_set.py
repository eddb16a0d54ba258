"""The one set of options that all modules of a program share."""

from __future__ import annotations

from .parser import OptionParser

options = OptionParser()
"""The options of the program, as attributes."""
