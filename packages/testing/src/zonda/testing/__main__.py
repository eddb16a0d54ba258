"""Makes ``python -m zonda.testing package.test_module`` work."""

from .runner import main

if __name__ == "__main__":
    main(module=None)
