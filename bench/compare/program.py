"""Statestone's programs, as the comparisons run them."""

import json
import os
import subprocess
import tempfile
import time
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[2]
BUILD = Path(os.environ.get("STATESTONE_BENCH_BUILD", SOURCE / "build" / "bench"))
STATESTONE = BUILD / "bin" / "statestone"
MODELS = SOURCE / "build" / "models"


class FileBench:
    """The running file_bench: one job at a time, buffers kept between them."""

    def __init__(self):
        self._process = subprocess.Popen(
            [BUILD / "bench" / "file_bench"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            bufsize=1,
        )

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._process.stdin.close()
        self._process.wait()

    def do(self, job, **fields):
        fields = {key: str(v) if isinstance(v, Path) else v for key, v in fields.items()}
        self._process.stdin.write(json.dumps({"do": job, **fields}) + "\n")
        answer = json.loads(self._process.stdout.readline())
        if "error" in answer:
            raise RuntimeError(f"{job}: {answer['error']}")
        return answer


def convert(source, target):
    subprocess.run([STATESTONE, "convert", "--force", "--quiet", source, target], check=True)
    return target.stat().st_size


def peak_memory(*command):
    """Peak resident bytes of a program in all, and of its own memory without mapped files."""
    with tempfile.TemporaryFile() as output:
        process = subprocess.Popen(command, stdout=output, stderr=output)
        status = Path(f"/proc/{process.pid}/status")
        own = 0
        while True:
            pid, code, usage = os.wait4(process.pid, os.WNOHANG)
            if pid:
                break
            for line in status.read_text().splitlines():
                if line.startswith("RssAnon:"):
                    own = max(own, int(line.split()[1]) * 1024)
            time.sleep(0.0005)
        process.returncode = code
        if code != 0:
            raise RuntimeError(f"{command} ended with {code}")
        return usage.ru_maxrss * 1024, own
