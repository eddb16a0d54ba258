"""Code that gives a template its values."""

from __future__ import annotations

VALUES = {"greeting": "Hello"}
