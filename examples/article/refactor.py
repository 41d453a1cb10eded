"""A file outlives the code that wrote it: the class moves and is renamed, then its layers are."""

import torch
from network import Net

import statestone

net = Net()
statestone.save({"model": net}, "model.stone")


class PitchNet(torch.nn.Module):  # no file names the class that Net was
    def __init__(self):
        super().__init__()
        self.backbone, self.head = net_parts()


def net_parts():
    return torch.nn.Sequential(torch.nn.Conv2d(1, 4, 3)), torch.nn.Linear(144, 10)


moved = PitchNet()
renames = {"features.": "backbone.", "classifier.": "head."}
statestone.open("model.stone").restore(model=moved, rename=renames)
assert torch.equal(moved.head.weight, net.classifier.weight)
