"""How large files become: Statestone, and what zstd makes of the same bytes."""

import torch
import zstandard

from program import convert
from report import against
from states import crepe, gaussian, raw_bytes


def zstd_bytes(state, level):
    compressor = zstandard.ZstdCompressor(level=level)
    return sum(
        len(compressor.compress(tensor.contiguous().view(-1).view(torch.uint8).numpy()))
        for tensor in state.values()
    )


def measure(report, folder):
    report.section(
        "Size of the file, in percent of the tensors' bytes",
        ["state", "MiB raw", "Statestone", "zstd -1 of each tensor", "target"],
    )
    states = [
        ("crepe, fp32", crepe(torch.float32), 62.5),
        ("crepe, bf16", crepe(torch.bfloat16), 67.6),
        ("crepe, fp16", crepe(torch.float16), None),
        ("Gaussian, fp32", gaussian(torch.float32, 64), None),
        ("Gaussian, bf16", gaussian(torch.bfloat16, 64), 66.5),
    ]
    for name, state, target in states:
        raw = raw_bytes(state)
        torch.save(state, folder / "state.pt")
        stone = 100 * convert(folder / "state.pt", folder / "state.stone") / raw
        zstd = 100 * zstd_bytes(state, 1) / raw
        verdict = "" if target is None else against(round(stone, 2), target, at_most=True)
        report.row(name, f"{raw / 2**20:.1f}", f"{stone:.2f} %", f"{zstd:.1f} %", verdict)
