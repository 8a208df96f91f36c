"""`python -m tests.mutants`."""

import sys

from tests.mutants.measure import main

if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
