"""The states that are compared: published weights, and Gaussian ones of a transformer's shapes."""

import torch

from program import MODELS


def crepe(dtype):
    weights = torch.load(MODELS / "full.pth", weights_only=True)
    return {
        name: tensor.to(dtype) if tensor.is_floating_point() else tensor
        for name, tensor in weights.items()
    }


def gaussian(dtype, mebibytes):
    generator = torch.Generator().manual_seed(1)
    rows, columns = 2048, 2048
    count = mebibytes * 2**20 // (rows * columns * dtype.itemsize)
    return {
        f"layers.{i}.weight": (torch.randn(rows, columns, generator=generator) * 0.02).to(dtype)
        for i in range(count)
    }


def raw_bytes(state):
    return sum(tensor.nbytes for tensor in state.values())
