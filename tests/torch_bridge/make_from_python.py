"""Writes the checkpoints that from_python_test.cc reads, as torch.save makes them.

Run again only to add to them: python tests/torch_bridge/make_from_python.py
"""

import pathlib

import torch

FOLDER = pathlib.Path(__file__).parent.parent / "data" / "torch_bridge"


def network():
    return torch.nn.Sequential(
        torch.nn.Conv2d(3, 4, 3),
        torch.nn.BatchNorm2d(4),
        torch.nn.Sequential(torch.nn.LSTM(4, 5, bidirectional=True), torch.nn.Embedding(6, 4)),
    )


def fill(module):
    """Numbers that the C++ side can count for itself: element i of tensor t is t + i / 1024."""
    with torch.no_grad():
        for t, tensor in enumerate(module.state_dict().values()):
            numbers = torch.arange(tensor.numel(), dtype=torch.float64) / 1024 + t
            tensor.copy_(numbers.reshape(tensor.shape))


def main():
    net = network()
    fill(net)
    torch.save(net.state_dict(), FOLDER / "state_dict.pt")
    torch.save({"epoch": 7, "net": {"weights": net.state_dict()}, "loss": 0.25},
               FOLDER / "checkpoint.pt")


if __name__ == "__main__":
    main()
