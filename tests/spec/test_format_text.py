"""What format.md shows is what the commands print."""

import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent


def test_the_annotated_file_of_the_format_is_what_the_reader_prints():
    printed = subprocess.run(
        [sys.executable, ROOT / "spec/reader", "annotate", ROOT / "tests/data/good/one_tensor.stone"],
        capture_output=True, text=True, check=True).stdout
    assert "```\n" + printed.rstrip() + "\n```" in (ROOT / "spec/format.md").read_text()
