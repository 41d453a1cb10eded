"""The programs that the tests of this folder run, and how they run them."""

import os
import subprocess
import sys
from pathlib import Path

SOURCE = Path(os.environ["STATESTONE_SOURCE"])
BUILD = Path(os.environ["STATESTONE_BUILD"])
STATESTONE = BUILD / "bin" / "statestone"
EXAMPLES = BUILD / "examples"
PYTHON = sys.executable


def run(*command, cwd=None, env=None, status=0):
    """What the command printed, both streams; fails the test if it ends with another status."""
    done = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env={**os.environ, **(env or {})},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert done.returncode == status, f"{command} ended with {done.returncode}:\n{done.stdout}"
    return done.stdout


def published(name):
    """Path of published weights, which ./dev fetches before it runs tests."""
    path = SOURCE / "build" / "models" / name
    assert path.exists(), f"{path} is not there: run ./dev setup"
    return path
