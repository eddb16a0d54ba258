"""An importable ``tornado`` that is Zonda, and a doctor for environments that have both.

The names are in the package ``tornado`` itself; here is only what tells whose they are:

>>> from zonda.tornado import examine
>>> [finding.level for finding in examine() if finding.level == "error"]
[]
"""

from __future__ import annotations

from .doctor import Finding, examine

__all__ = ["Finding", "examine"]
