"""Makes the reader, the builder and the corpus importable."""

import sys
from pathlib import Path

TESTS = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(TESTS.parent / "spec"), str(TESTS / "spec"), str(TESTS / "data")]
