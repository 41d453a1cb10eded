"""Saving and restoring beside torch and safetensors: one run, runs alternating, buffers reused.

All of it lies on tmpfs, where fsync costs nothing, and uses two threads. A restore ends with the
values in tensors that were there before. Statestone checks every byte, and when it saves it decodes
what it coded and compares; its neighbours check nothing.
"""

import statistics
import time

import torch
from safetensors.torch import load_file, save_file

from program import FileBench, convert
from report import against
from states import crepe, gaussian, raw_bytes

THREADS = 2
ROUNDS = 9


def seconds(job):
    start = time.perf_counter()
    job()
    return time.perf_counter() - start


def copy_into(state, loaded):
    for name, tensor in state.items():
        tensor.copy_(loaded[name])


def anew(path, save):
    """Times a save to a path where nothing is."""
    path.unlink(missing_ok=True)
    return save()


def jobs(state, bench, folder):
    """What is measured: name -> a function that does it once and returns its seconds."""
    pt, raw, stone = (folder / f"speed.{end}" for end in ("pt", "safetensors", "stone"))
    out = {path: path.with_name("saved" + path.suffix) for path in (pt, raw, stone)}
    torch.save(state, pt)
    save_file(state, raw)
    convert(pt, stone)
    bench.do("load", path=stone)

    def timed(name, **fields):
        return lambda: bench.do(name, threads=THREADS, **fields)["seconds"]

    def saved(path, save):
        return lambda: anew(out[path], lambda: seconds(save))

    return {
        "save": {
            "Statestone": lambda: anew(out[stone], timed("save", path=out[stone])),
            "Statestone, not compared": lambda: anew(
                out[stone], timed("save", path=out[stone], verify=False)
            ),
            "torch.save": saved(pt, lambda: torch.save(state, out[pt])),
            "safetensors save_file": saved(raw, lambda: save_file(state, out[raw])),
        },
        "restore": {
            "Statestone, positioned reads": timed("restore", path=stone, access="pread"),
            "Statestone, mapped": timed("restore", path=stone, access="map"),
            "Statestone, not checked": timed("restore", path=stone, access="pread", check=False),
            "torch.load + copy": lambda: seconds(
                lambda: copy_into(state, torch.load(pt, weights_only=True))
            ),
            "torch.load(mmap) + copy": lambda: seconds(
                lambda: copy_into(state, torch.load(pt, weights_only=True, mmap=True))
            ),
            "safetensors load_file + copy": lambda: seconds(
                lambda: copy_into(state, load_file(raw))
            ),
        },
        "floor": {"memcpy": timed("memcpy"), "XXH3-64": timed("hash")},
    }


def medians(group):
    runs = {name: [] for name in group}
    for round_number in range(ROUNDS + 1):
        for name, job in group.items():
            taken = job()
            if round_number > 0:  # the first round warms caches up
                runs[name].append(taken)
    return {name: statistics.median(taken) for name, taken in runs.items()}


PEERS = {"save": "torch.save", "restore": "safetensors load_file + copy", "floor": "memcpy"}


def measure_state(report, folder, name, state, targets):
    report.section(
        f"{name}: {raw_bytes(state) / 2**20:.0f} MiB, {THREADS} threads, tmpfs",
        ["what", "GB/s of tensors", "ms", "times the speed of", "target"],
    )
    with FileBench() as bench:
        for kind, group in jobs(state, bench, folder).items():
            taken = medians(group)
            for job, middle in taken.items():
                ratio = taken[PEERS[kind]] / middle
                target = targets.get(kind)
                counts = target is not None and job == next(iter(group))
                report.row(
                    f"{kind}: {job}",
                    f"{raw_bytes(state) / middle / 1e9:.2f}",
                    f"{middle * 1e3:.1f}",
                    f"{ratio:.2f} x {PEERS[kind]}",
                    against(round(ratio, 3), target, at_most=False) if counts else "",
                )


def measure(report, folder):
    torch.set_num_threads(THREADS)
    bf16, fp32 = torch.bfloat16, torch.float32
    states = [
        ("Gaussian bf16", gaussian(bf16, 256), {"save": 1.2, "restore": 0.85}),
        ("Gaussian fp32", gaussian(fp32, 256), {"save": 1.2, "restore": 1.0}),
        ("crepe fp32", crepe(fp32), {}),
        ("crepe bf16", crepe(bf16), {}),
    ]
    for name, state, targets in states:
        measure_state(report, folder, name, state, targets)
        for path in folder.iterdir():
            path.unlink()
