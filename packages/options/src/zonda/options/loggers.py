"""The loggers of Zonda.

``zonda.access`` has a record for each request, ``zonda.application`` the errors of the program,
such as exceptions that nothing caught, and ``zonda.general`` everything else.  They are ordinary
loggers of :mod:`logging`, and each can be set up by itself.
"""

from __future__ import annotations

import logging

access_log = logging.getLogger("zonda.access")
"""One record for each request that was served."""

app_log = logging.getLogger("zonda.application")
"""Errors of the program's own code."""

gen_log = logging.getLogger("zonda.general")
"""Warnings and errors of Zonda itself."""
