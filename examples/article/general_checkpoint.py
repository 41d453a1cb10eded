"""A general checkpoint: stop a run, and go on with the same bits."""

import torch
from network import Net, train

import statestone

net = Net()
adam = torch.optim.AdamW(net.parameters())
train(net, adam, 3)
run = {"model": net, "optimizer": adam, "rng": torch.get_rng_state(), "epoch": 3, "loss": 0.4}
statestone.save(run, "run.stone")
train(net, adam, 3)

resumed = Net()
resumed_adam = torch.optim.AdamW(resumed.parameters())
run = statestone.open("run.stone")
run.restore(model=resumed, optimizer=resumed_adam)
torch.set_rng_state(run["rng"].load())
train(resumed, resumed_adam, 3)

assert run["epoch"] == 3 and run["loss"] == 0.4
assert torch.equal(resumed.classifier.weight, net.classifier.weight)
