"""Runs Python's network on what crepe.cc had as input, and compares.

    crepe.py <weights.pth> <folder>

The folder has frames.f32 and activations.f32 from crepe.cc. The exit status is 0 if each activation
is the same to the last bit.
"""

import sys
from pathlib import Path

import numpy
import torch
from torch import nn
from torch.nn import functional

FRAME_SAMPLES = 1024
PITCH_BINS = 360


class Crepe(nn.Module):
    """The network of examples/crepe/network.h."""

    def __init__(self, channels):
        super().__init__()
        inputs = 1
        for number, outputs in enumerate(channels, start=1):
            kernel, stride = (512, 4) if number == 1 else (64, 1)
            self.add_module(f"conv{number}", nn.Conv2d(inputs, outputs, (kernel, 1), (stride, 1)))
            norm = nn.BatchNorm2d(outputs, eps=0.0010000000474974513, momentum=0.0)
            self.add_module(f"conv{number}_BN", norm)
            inputs = outputs
        self.blocks = len(channels)
        self.classifier = nn.Linear(FRAME_SAMPLES // 4 // 64 * inputs, PITCH_BINS)

    def forward(self, frames):
        x = frames[:, None, :, None]
        for number in range(1, self.blocks + 1):
            before, after = (254, 254) if number == 1 else (31, 32)
            x = functional.pad(x, (0, 0, before, after))
            x = functional.relu(self.get_submodule(f"conv{number}")(x))
            x = self.get_submodule(f"conv{number}_BN")(x)
            x = functional.max_pool2d(x, (2, 1), (2, 1))
        x = x.permute(0, 2, 1, 3).flatten(1)
        return torch.sigmoid(self.classifier(x))


def load(path):
    weights = torch.load(path, weights_only=True)
    net = Crepe([weights[f"conv{i}.weight"].shape[0] for i in range(1, 7)])
    net.load_state_dict(weights)
    return net.eval()


def floats(path, columns):
    return torch.from_numpy(numpy.fromfile(path, dtype=numpy.float32)).reshape(-1, columns)


@torch.inference_mode()
def main():
    torch.set_num_threads(1)
    weights, folder = Path(sys.argv[1]), Path(sys.argv[2])
    frames = floats(folder / "frames.f32", FRAME_SAMPLES)
    from_cpp = floats(folder / "activations.f32", PITCH_BINS)
    activations = load(weights)(frames)
    largest = (activations - from_cpp).abs().max().item()
    same = torch.equal(activations.view(torch.int32), from_cpp.view(torch.int32))
    print(f"{activations.numel()} activations, largest difference to C++: {largest:g}"
          + (", every bit the same" if same else ""))
    return 0 if same else 1


if __name__ == "__main__":
    sys.exit(main())
