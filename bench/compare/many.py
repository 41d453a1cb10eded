"""Many small tensors: what each costs in the file, and opening a file to read one of them."""

import statistics
import time

import torch
from safetensors import safe_open
from safetensors.torch import save_file

from program import FileBench
from report import against

ROUNDS = 9


def name_of(i):
    return f"layers.{i:07d}.attention.query"


def find_in_safetensors(path, name):
    start = time.perf_counter()
    with safe_open(path, framework="pt") as file:
        assert name in list(file.keys())
        file.get_tensor(name)
    return time.perf_counter() - start


def measure(report, folder):
    count = 100_000
    stone, raw, pt = (folder / f"many.{end}" for end in ("stone", "safetensors", "pt"))
    state = {name_of(i): torch.randn(16) * 0.02 for i in range(count)}
    save_file(state, raw)
    torch.save(state, pt)
    with FileBench() as bench:
        bench.do("small", count=count)
        bench.do("save", path=stone)
        report.section(
            "100,000 tensors of 16 floats, names of 30 characters: bytes of the file for each",
            ["file", "bytes a tensor", "target"],
        )
        each = stone.stat().st_size / count
        report.row("Statestone", f"{each:.1f}", against(each, 135, at_most=True))
        report.row("safetensors", f"{raw.stat().st_size / count:.1f}", "")
        report.row("torch.save", f"{pt.stat().st_size / count:.1f}", "")

        wanted = name_of(count // 2)
        ours, theirs = [], []
        for _ in range(ROUNDS):
            ours.append(bench.do("find", path=stone, tensor=wanted)["seconds"])
            theirs.append(find_in_safetensors(raw, wanted))
        ours, theirs = statistics.median(ours), statistics.median(theirs)
        report.section(
            "Open, list all names, read one tensor", ["file", "tensors", "ms", "ratio", "target"]
        )
        report.row("safetensors safe_open", count, f"{theirs * 1e3:.1f}", "", "")
        ratio = ours / theirs
        verdict = against(round(ratio, 3), 0.2, at_most=True)
        report.row("Statestone", count, f"{ours * 1e3:.1f}", f"{ratio:.3f} x safetensors", verdict)

        many = 1_000_000
        bench.do("small", count=many)
        saved = bench.do("save", path=stone)["seconds"]
        find = [
            bench.do("find", path=stone, tensor=name_of(many // 2))["seconds"] for _ in range(5)
        ]
        longer = statistics.median(find)
        # Ten times the tensors may take ten times as long, and half as much again for the caches
        # that a larger index no longer fits.
        growth = longer / ours
        report.row(
            "Statestone",
            many,
            f"{longer * 1e3:.1f}",
            f"{growth:.1f} x 100,000",
            against(round(growth, 1), 15, at_most=True),
        )
        report.row("Statestone, save", many, f"{saved * 1e3:.0f}", "", "")
