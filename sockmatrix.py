"""`python -m sockmatrix` is the command `sockmatrix`. There is nothing to import from here but the version: the rooms are in `harness`."""

import sys

from harness import __version__

__all__ = ["__version__"]

if __name__ == "__main__":
    from harness.commands.main import main

    # The name that help and messages call the program by.
    sys.argv[0] = "sockmatrix"
    main()
