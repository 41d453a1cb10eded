"""Changes a few bytes of sound files, signs them again, and compares what both readers say.

    python tests/spec/compare_mutated.py STONE_DUMP [--seconds 60] [--seed 1] [--keep FOLDER]

STONE_DUMP is the library's test program. Prints each kind of difference once, with how often it
was met, and keeps a file for each; exit code 1 if there was any. Two faults in one file may get
two verdicts, as the order of the checks behind step 13 is free: such a difference is no mistake.
"""

import argparse
import json
import random
import re
import struct
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parents[1] / "spec"), str(HERE), str(HERE.parent / "data")]

import build_corpus  # noqa: E402, F401
import digest_states  # noqa: E402
import samples  # noqa: E402
from comparison import differences  # noqa: E402
from corpus.case import FUTURE, OK  # noqa: E402
from reader.container import open_file  # noqa: E402
from reader.dump import Dump  # noqa: E402
from reader.verdict import Refused  # noqa: E402
from stone_builder import re_signed  # noqa: E402

#: A tensor of stride 0 may ask for more bytes than a program can ever hash.
SECONDS_FOR_ONE_FILE = 20
EDGES = [0, 1, 2, 3, 4, 8, 0x7F, 0x80, 0xFF, 2**31, 2**32 - 1, 2**63, 2**64 - 1]


def sound_files():
    files = [stone().encode() for stone in (samples.one_tensor, samples.two_tensors,
                                            samples.model_and_more)]
    files += [build()[1].encode() for build in digest_states.STATES]
    files += [case.build() for case in FUTURE if case.open == OK]
    return files + [path.read_bytes() for path in (HERE.parent / "data" / "good").glob("*.stone")]


def mutated(file, choose):
    """One or two numbers changed, most often in the index; all sums made right again."""
    file = bytearray(file)
    start, size = struct.unpack_from("<QQ", file, len(file) - 128)
    for _ in range(choose.choice([1, 1, 1, 2])):
        in_index = choose.random() < 0.85
        at = choose.randrange(start, start + size) if in_index else choose.choice(
            [*range(8, 64), *range(len(file) - 128, len(file) - 16)])
        width = choose.choice([1, 1, 2, 4, 8])
        number = choose.choice([*EDGES, choose.getrandbits(64), choose.randrange(600)])
        file[at:at + width] = (number % 2**(8 * width)).to_bytes(width, "little")
    return re_signed(file, 0, b"")


def library_says(program, file, path):
    path.write_bytes(file)
    try:
        run = subprocess.run([program, "dump", path], capture_output=True, text=True, check=False,
                             timeout=SECONDS_FOR_ONE_FILE)
    except subprocess.TimeoutExpired:
        return {"code": "no end", "text": ""}
    if run.returncode not in (0, 1):
        return {"code": f"exit code {run.returncode}", "text": run.stderr[:200]}
    return json.loads(run.stdout)


def reader_says(file):
    try:
        return json.loads(json.dumps(Dump(file, open_file(file)).as_json()))
    except Refused as refused:
        return refused.as_json()


def difference(library, reader):
    """What differs, without numbers, so that the same difference is counted once; or None."""
    codes = library.get("code", "ok"), reader.get("code", "ok")
    if codes[0] != codes[1]:
        texts = re.sub(r"\S*\.stone|\d+", "", f"{library.get('text')} | {reader.get('text')}")
        return f"library {codes[0]}, reader {codes[1]}: {texts}"
    if codes[0] == "ok" and (found := differences(library, reader)):
        return re.sub(r"\d+", "", found[0])[:200]
    return None


def main(arguments):
    parser = argparse.ArgumentParser(description="Compares both readers on mutated files.")
    parser.add_argument("program")
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", type=Path, default=None)
    options = parser.parse_args(arguments)
    keep = options.keep or Path(tempfile.mkdtemp())
    choose, files, met, tried = random.Random(options.seed), sound_files(), Counter(), 0
    end = time.monotonic() + options.seconds
    while time.monotonic() < end:
        tried += 1
        file = mutated(choose.choice(files), choose)
        found = difference(library_says(options.program, file, keep / "tried.stone"),
                           reader_says(file))
        if found:
            met[found] += 1
            if met[found] == 1:
                (keep / f"{len(met)}.stone").write_bytes(file)
                print(f"{keep / f'{len(met)}.stone'}: {found}", flush=True)
    print(f"{tried} files, {len(met)} kinds of difference: {sorted(met.values(), reverse=True)}")
    return 1 if met else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
