"""Speed of the commands that read whole files, beside verify; growth and time of an append."""

import statistics
import subprocess
import time

import torch

from program import MODELS, STATESTONE, convert
from report import against
from states import gaussian, raw_bytes

ROUNDS = 5
MEBIBYTES = 1024


def seconds(*arguments, expect=0):
    """Wall time of the program; whole processes, since that is what people wait for."""
    start = time.perf_counter()
    ended = subprocess.run([STATESTONE, *arguments, "--quiet"], stdout=subprocess.DEVNULL, check=False)
    if ended.returncode != expect:
        raise RuntimeError(f"{arguments} ended with {ended.returncode}, not {expect}")
    return time.perf_counter() - start


def stone_of(state, folder, name):
    torch.save(state, folder / "state.pt")
    convert(folder / "state.pt", folder / name)
    (folder / "state.pt").unlink()
    return folder / name


def whole_files(report, folder, dtype):
    state = gaussian(dtype, MEBIBYTES)
    size = raw_bytes(state)
    one = stone_of(state, folder, "one.stone")
    for tensor in state.values():
        tensor.mul_(1.0 + 2.0**-7)
    other = stone_of(state, folder, "other.stone")
    del state
    copy = folder / "copy.stone"
    copy.write_bytes(one.read_bytes())
    # Bytes of tensors read in all: a diff reads two files.
    jobs = {
        "verify": (size, ["verify", one], 0),
        "stats": (size, ["stats", one], 0),
        "check": (size, ["check", one], 0),
        "diff of equal files": (2 * size, ["diff", one, copy], 0),
        "diff, every element differs": (2 * size, ["diff", one, other], 1),
    }
    times = {name: [] for name in jobs}
    for round_ in range(ROUNDS + 1):
        for name, (_, arguments, expect) in jobs.items():
            taken = seconds(*arguments, expect=expect)
            if round_ > 0:
                times[name].append(taken)
    report.section(
        f"Whole files of {size / 2**30:.0f} GiB Gaussian {dtype} ({one.stat().st_size / 2**20:.0f} MiB stored)",
        ["command", "ms", "GB/s of tensors", "times verify's speed", "target"],
    )
    speed = {name: jobs[name][0] / statistics.median(taken) for name, taken in times.items()}
    for name, taken in times.items():
        ratio = round(speed[name] / speed["verify"], 2)
        report.row(name, f"{statistics.median(taken) * 1e3:.0f}", f"{speed[name] / 1e9:.2f}", ratio,
                   "" if name in ("verify", "check") else against(ratio, 0.5, at_most=False))
    for path in (one, other, copy):
        path.unlink()


def appends(report, folder):
    file = folder / "crepe.stone"
    convert(MODELS / "full.pth", file)
    report.section("Append to crepe", ["what", "grows by KiB", "ms", "target"])
    before = file.stat().st_size
    taken = seconds("append", file, "--root-as", "model", "--set", "note=read at 440 Hz")
    grown = round((file.stat().st_size - before) / 1024, 1)
    report.row("a value", grown, f"{taken * 1e3:.0f}",
               f"{against(grown, 16, at_most=True)}; {against(round(taken, 3), 0.1, at_most=True)} s")


def measure(report, folder):
    for dtype in (torch.bfloat16, torch.float32):
        whole_files(report, folder, dtype)
    appends(report, folder)
