"""Lets tests import their helpers as `tests.ROOM.HELPER`. At the end of the path, so that an installed wheel is what gets tested."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parent.parent))
