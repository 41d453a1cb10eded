"""The rows of PyTorch's article on saving and loading models, in both languages, run as they are."""

import pytest
from programs import EXAMPLES, PYTHON, SOURCE, BUILD, run

ROWS = SOURCE / "examples" / "article"
SCRIPTS = sorted(path for path in ROWS.glob("*.py") if path.name != "network.py")
PROGRAMS = sorted(ROWS.glob("*.cc"))


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_each_row_runs_in_python(script, tmp_path):
    run(PYTHON, script, cwd=tmp_path, env={"PYTHONPATH": str(BUILD / "python")})


@pytest.mark.parametrize("source", PROGRAMS, ids=lambda path: path.stem)
def test_each_row_runs_in_cpp(source, tmp_path):
    run(EXAMPLES / "article" / source.stem, cwd=tmp_path)


def test_no_row_is_longer_than_a_page():
    for path in SCRIPTS + PROGRAMS:
        assert len(path.read_text().splitlines()) <= 25, path
