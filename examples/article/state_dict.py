"""Saving and loading a state_dict, for inference."""

import torch
from network import Net

import statestone

net = Net()
statestone.save(net.state_dict(), "weights.stone")  # or the module itself: its training mode too

loaded = Net()
loaded.load_state_dict(statestone.load("weights.stone"))
loaded.eval()

in_place = Net()
statestone.load_into("weights.stone", in_place.state_dict())  # the same without a second copy
in_place.eval()

images = torch.randn(2, 1, 8, 8)
assert torch.equal(loaded(images), net(images))
assert torch.equal(in_place(images), net(images))
