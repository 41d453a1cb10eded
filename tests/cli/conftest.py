"""What the tests of the program share: running it, with and without a terminal."""

import fcntl
import json
import os
import pathlib
import pty
import struct
import subprocess
import termios

import pytest

PROGRAM = os.environ["STATESTONE_PROGRAM"]
SAMPLES = pathlib.Path(os.environ["STATESTONE_SAMPLES"])


def environment(**changes):
    """A fixed environment: UTF-8, and no colours unless NO_COLOR=None asks for them."""
    kept = {k: v for k, v in os.environ.items() if k not in ("COLUMNS", "LC_ALL")}
    kept.update(LANG="C.UTF-8", TERM="xterm-256color", NO_COLOR="1")
    kept.update(changes)
    return {k: v for k, v in kept.items() if v is not None}


class Result:
    def __init__(self, status, out, err):
        self.status = status
        self.out = out
        self.err = err

    @property
    def json(self):
        return json.loads(self.out)


def run(*arguments, **options):
    """Runs the program with pipes for standard output and standard error."""
    done = subprocess.run(
        [PROGRAM, *map(str, arguments)],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        env=options.pop("env", environment()),
        timeout=500,
        **options,
    )
    return Result(done.returncode, done.stdout.decode(), done.stderr.decode())


class Terminal:
    """A pseudo-terminal of some width; what programs write to it is gathered."""

    def __init__(self, columns):
        self.main, self.program_side = pty.openpty()
        size = struct.pack("HHHH", 50, columns, 0, 0)
        fcntl.ioctl(self.program_side, termios.TIOCSWINSZ, size)

    def gather(self):
        os.close(self.program_side)
        written = b""
        while True:
            try:
                piece = os.read(self.main, 1 << 16)
            except OSError:  # EIO: the last one has closed the other side
                break
            if not piece:
                break
            written += piece
        os.close(self.main)
        return written.decode().replace("\r\n", "\n")


def run_in_terminal(*arguments, columns=80, env=None, stdout=None):
    """Runs the program on a terminal; `stdout` may send standard output elsewhere.

    Returns the status and everything that the terminal got.
    """
    terminal = Terminal(columns)
    process = subprocess.Popen(
        [PROGRAM, *map(str, arguments)],
        stdin=terminal.program_side,
        stdout=terminal.program_side if stdout is None else stdout,
        stderr=terminal.program_side,
        env=environment() if env is None else env,
    )
    text = terminal.gather()
    return process.wait(timeout=500), text


@pytest.fixture
def sample():
    return lambda name: SAMPLES / f"{name}.stone"


@pytest.fixture
def damaged(tmp_path, sample):
    """A copy of a sample with one byte of its first chunk changed."""
    path = tmp_path / "damaged.stone"
    content = bytearray(sample("transformer").read_bytes())
    content[64] ^= 0x10
    path.write_bytes(content)
    return path


@pytest.fixture
def save(tmp_path):
    """Saves with torch, as .pth and as .stone; returns both paths."""
    import torch

    def saved(name, state):
        path = tmp_path / f"{name}.pth"
        torch.save(state, path)
        assert run("convert", "--force", path).status == 0
        return path, path.with_suffix(".stone")

    return saved
