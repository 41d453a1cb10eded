"""Compares Statestone with torch.save and safetensors on this machine, in one run.

    run.py [sizes] [speed] [many] [memory] [commands] [python]

Everything lies on tmpfs. The figures are printed as tables and kept in build/bench/results.json.
docs/performance.md says how to read them.
"""

import sys
import tempfile
from pathlib import Path

import commands
import many
import memory
import python_package
import sizes
import speed
from program import BUILD
from report import Report, processor

PARTS = {
    "sizes": sizes,
    "speed": speed,
    "many": many,
    "memory": memory,
    "commands": commands,
    "python": python_package,
}


def main():
    chosen = sys.argv[1:] or list(PARTS)
    unknown = [name for name in chosen if name not in PARTS]
    if unknown:
        sys.exit(f"no such part: {', '.join(unknown)}; there are {', '.join(PARTS)}")
    report = Report()
    print(f"on {processor()}")
    for name in chosen:
        with tempfile.TemporaryDirectory(dir="/dev/shm", prefix="statestone-") as folder:
            PARTS[name].measure(report, Path(folder))
    report.write(BUILD / "results.json")


if __name__ == "__main__":
    main()
