"""Makes ``python -m zonda.autoreload`` work."""

from .wrapper import main

if __name__ == "__main__":
    main()
