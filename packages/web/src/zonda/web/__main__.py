"""Makes ``python -m zonda.web serve package.module:make_app`` work."""

import sys

from .command_line import main

if __name__ == "__main__":
    sys.exit(main())
