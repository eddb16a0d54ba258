"""The tour: a small site that uses what Zonda has.  ``python -m examples.tour`` serves it."""
