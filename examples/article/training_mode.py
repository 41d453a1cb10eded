"""eval() and train(): the mode is kept with a module, and set when asked."""

import torch
from network import Net

import statestone

net = Net()
net.eval()
statestone.save({"model": net}, "model.stone")

loaded = Net()  # in training mode, as modules begin
run = statestone.open("model.stone")
report = run.restore(model=loaded)
assert loaded.training and report.training_differs == [""]  # said, not changed

run.restore(model=loaded, training_mode=True)
assert not loaded.training
assert torch.equal(loaded.classifier.weight, net.classifier.weight)
