"""Saving on one device and loading on another."""

import torch
from network import Net

import statestone

statestone.save(Net(), "weights.stone")  # tensors of a GPU are copied to the CPU first

device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
net = Net().to(device)
statestone.open("weights.stone").restore(net)  # the module's tensors stay where they are

state = statestone.load("weights.stone", map_location=device)
assert state["classifier.weight"].device.type == device.type

with torch.device("meta"):  # no memory until the weights are there
    empty = Net()
empty.load_state_dict(statestone.load("weights.stone"), assign=True)
assert torch.equal(empty.classifier.weight, net.classifier.weight.cpu())
