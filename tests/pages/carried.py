"""Reads the data that a page carries."""

import json
import re
import zlib
from base64 import b64decode
from typing import Any


def data_of(page: str, name: str = "page-data") -> Any:
    """What stands in the element of this name: `page-data`, `details-0`."""
    found = re.search(rf'<script type="text/plain" id="{name}">([^<]*)</script>', page)
    assert found is not None
    return json.loads(zlib.decompress(b64decode(found[1])))
