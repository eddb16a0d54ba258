"""Tornado's own test-suite, run against the alias.

The tests are taken out of the wheel of the newest Tornado 6.5, which is downloaded and never kept.
What is known to fail stands in ``docs/compatibility.md``, each with its reason: a test that fails
and is not listed there is an error, and so is one that is listed and passes.
"""
