"""The Python package beside torch and safetensors: into a module that is there, and its peak memory.

All on tmpfs; every contestant ends with the values in the module.
"""

import subprocess
import sys
from pathlib import Path

import safetensors.torch
import torch

from program import BUILD
from speed import THREADS, medians, seconds
from states import crepe, raw_bytes

sys.path.insert(0, str(BUILD / "python"))
import statestone  # noqa: E402 - the one that was built for this

PEER = "safetensors.torch.load_file + load_state_dict"


def module_of(state):
    """A module of these names, whatever the architecture was."""
    root = torch.nn.Module()
    for name, tensor in state.items():
        *path, last = name.split(".")
        place = root
        for part in path:
            if not hasattr(place, part):
                place.add_module(part, torch.nn.Module())
            place = getattr(place, part)
        place.register_buffer(last, torch.ones_like(tensor))
    return root


def jobs(state, folder):
    """Name -> a function that loads the weights into a module."""
    pt, raw, stone = (folder / f"weights.{end}" for end in ("pt", "safetensors", "stone"))
    if not stone.exists():
        torch.save(state, pt)
        safetensors.torch.save_file(state, raw)
        statestone.save(state, stone)
    net = module_of(state)

    def by_torch(**options):
        return lambda: net.load_state_dict(torch.load(pt, weights_only=True, **options))

    return {
        "statestone.load_into": lambda: statestone.load_into(stone, net.state_dict()),
        "statestone.load_into, check_first=False": lambda: statestone.load_into(
            stone, net.state_dict(), check_first=False
        ),
        "statestone.load + load_state_dict": lambda: net.load_state_dict(statestone.load(stone)),
        PEER: lambda: net.load_state_dict(safetensors.torch.load_file(raw)),
        "torch.load + load_state_dict": by_torch(),
        "torch.load(mmap) + load_state_dict": by_torch(mmap=True),
    }


def measure(report, folder):
    torch.set_num_threads(THREADS)
    state = crepe(torch.float32)
    group = jobs(state, folder)
    taken = medians({name: (lambda job=job: seconds(job)) for name, job in group.items()})
    report.section(
        f"crepe fp32 into a module: {raw_bytes(state) / 2**20:.0f} MiB, tmpfs",
        ["what", "ms", "times the speed of " + PEER, "peak MiB more"],
    )
    for name, middle in taken.items():
        report.row(name, f"{middle * 1e3:.1f}", f"{taken[PEER] / middle:.2f}", peak(name, folder))


def peak(name, folder):
    """MiB by which a process that loads once grows at most, measured in one of its own."""
    command = [sys.executable, __file__, name, folder]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def memory(field):
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith(field)) // 1024


def print_peak(name, folder):
    job = jobs(torch.load(folder / "weights.pt", weights_only=True), folder)[name]
    with open("/proc/self/clear_refs", "w") as peaks:
        peaks.write("5")  # the high-water mark starts anew
    before = memory("VmRSS")
    job()
    print(memory("VmHWM") - before)


if __name__ == "__main__":
    print_peak(sys.argv[1], Path(sys.argv[2]))
