"""Writes what torch says of small floating point types: make_float_tables.py FOLDER.

For each type of one or two bytes a file of float32: the number of every bit pattern, in order. For
rounding: float32 numbers, and the bits of what torch makes of each.
"""

import pathlib
import sys

import torch

SMALL = ["float16", "bfloat16", "float8_e4m3fn", "float8_e5m2", "float8_e4m3fnuz",
         "float8_e5m2fnuz", "float8_e8m0fnu"]


def every_pattern(dtype):
    if dtype.itemsize == 1:
        return torch.arange(256).to(torch.uint8).view(dtype)
    return torch.arange(65536).to(torch.int32).to(torch.uint16).view(dtype)


def rounding_inputs(dtype):
    """Every number of the type, every middle between neighbours, and what lies next to either."""
    bits = torch.arange(32768, dtype=torch.int32).to(torch.uint16)
    numbers = bits.view(dtype).float().double()
    finite = numbers[torch.isfinite(numbers)]
    middles = (finite[:-1] + finite[1:]) / 2
    overflow = finite[-1] + (finite[-1] - finite[-2]) / 2
    exact = torch.cat([finite, middles, overflow.reshape(1)]).float()
    ways = [torch.nextafter(exact, torch.tensor(float(way))) for way in ("inf", "-inf")]
    special = torch.tensor([float("inf"), 3.4e38, 1e-45, 1e-38])
    inputs = torch.cat([exact, *ways, special])
    return torch.cat([inputs, -inputs])


def main(folder):
    folder.mkdir(parents=True, exist_ok=True)
    for name in SMALL:
        numbers = every_pattern(getattr(torch, name)).float()
        (folder / name).write_bytes(numbers.numpy().tobytes())
    for name in ("float16", "bfloat16"):
        inputs = rounding_inputs(getattr(torch, name))
        (folder / f"{name}_inputs").write_bytes(inputs.numpy().tobytes())
        rounded = inputs.to(getattr(torch, name)).view(torch.uint16)
        (folder / f"{name}_rounded").write_bytes(rounded.numpy().tobytes())


main(pathlib.Path(sys.argv[1]))
