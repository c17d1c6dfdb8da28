"""Puts the makers of bad files, which the tests of the readers have, on the path."""

from __future__ import annotations

import sys
from pathlib import Path

_READERS = Path(__file__).parents[2] / "unit" / "importers"
if str(_READERS) not in sys.path:
    sys.path.append(str(_READERS))
