"""Builds the corpus of bad and unsupported files, or checks that it is what this would build.

    python tests/data/build_corpus.py            writes tests/data/bad and tests/data/unsupported
    python tests/data/build_corpus.py --check    compares them byte for byte; exit code 1 if not

The cases are in `corpus/`; the bytes of each follow from the format's text and nothing else.
"""

import json
import sys
from pathlib import Path

DATA = Path(__file__).resolve().parent
sys.path[:0] = [str(DATA), str(DATA.parent / "spec")]

import corpus.coded_chunks  # noqa: E402, F401
import corpus.coded_index  # noqa: E402, F401
import corpus.columns  # noqa: E402, F401
import corpus.entries  # noqa: E402, F401
import corpus.generations  # noqa: E402, F401
import corpus.index_buffer  # noqa: E402, F401
import corpus.later_versions  # noqa: E402, F401
import corpus.opening  # noqa: E402, F401
import corpus.tensors  # noqa: E402, F401
import corpus.values  # noqa: E402, F401
from corpus.case import BAD, FUTURE  # noqa: E402

FOLDERS = {
    "bad": (BAD, "Files that every reader must refuse, at opening or when all of them is verified. "
                 "Each is wrong in one place; every sum that it does not say is right."),
    "unsupported": (FUTURE, "Files as later versions of the format may write them: an older reader "
                            "refuses them, or reads and lists all that it knows."),
}


def folder_files(name):
    """File name -> bytes of everything in one folder."""
    cases, introduction = FOLDERS[name]
    files = {f"{case.name}.stone": case.build() for case in cases}
    assert len(files) == len(cases), "two cases have one name"
    expected = {f"{case.name}.stone": case.expected() for case in cases}
    files["expected.json"] = (json.dumps(expected, indent=1) + "\n").encode()
    files["README.md"] = _readme(name, cases, introduction).encode()
    return files


def _readme(name, cases, introduction):
    lines = [f"# tests/data/{name}", "", introduction, "",
             "Built by `tests/data/build_corpus.py`; do not edit. `expected.json` says what a",
             "reader finds: `open` and `verify` are the verdicts, `read` the tensors that an open",
             "file refuses to give.", "", "| file | what is special | open | verify |",
             "|---|---|---|---|"]
    lines += [f"| `{case.name}` | {case.sentence} | `{case.open}` | `{case.verify}` |"
              for case in cases]
    return "\n".join(lines) + "\n"


def check():
    """What differs between the folders and what would be built."""
    wrong = []
    for name in FOLDERS:
        files = folder_files(name)
        there = {path.name: path.read_bytes() for path in (DATA / name).glob("*")}
        for file in sorted(files.keys() | there.keys()):
            if files.get(file) != there.get(file):
                wrong.append(f"{name}/{file}")
    return wrong


def write():
    for name in FOLDERS:
        folder = DATA / name
        folder.mkdir(exist_ok=True)
        files = folder_files(name)
        for path in folder.glob("*"):
            if path.name not in files:
                path.unlink()
        for file, data in files.items():
            (folder / file).write_bytes(data)


if __name__ == "__main__":
    if "--check" in sys.argv[1:]:
        differing = check()
        for file in differing:
            print(f"differs: {file}")
        sys.exit(1 if differing else 0)
    write()
