"""Statestone's programs, as the comparisons run them."""

import json
import os
import subprocess
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
    subprocess.run([STATESTONE, "convert", "--force", "--quiet", source, target], check=True,
                   stdout=subprocess.DEVNULL)
    return target.stat().st_size


def peak_memory(*command):
    """Peak resident bytes of a program in all, and of its own memory without mapped files.

    The first is the kernel's own high-water mark, read until the program ends. (The resource usage of
    a child is of no use: it starts with what the parent had when it forked.) The second is sampled.
    """
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    status = Path(f"/proc/{process.pid}/status")
    peak = own = 0
    while process.poll() is None:
        try:
            fields = dict(line.split(":", 1) for line in status.read_text().splitlines())
        except ProcessLookupError:
            break
        if "VmHWM" in fields and Path(fields["Name"].strip()).name == STATESTONE.name:
            peak = max(peak, int(fields["VmHWM"].split()[0]) * 1024)
            own = max(own, int(fields["RssAnon"].split()[0]) * 1024)
        time.sleep(0.0002)
    if process.wait() != 0:
        raise RuntimeError(f"{command} ended with {process.returncode}")
    return peak, own
