"""torch.nn.DataParallel and torch.compile: prefixes on every name."""

import torch
from network import Net

import statestone

parallel = torch.nn.DataParallel(Net())
statestone.save(parallel.module, "weights.stone")  # best: no prefix is saved
statestone.save(parallel.state_dict(), "prefixed.stone")  # every name begins with "module."

net = Net()
statestone.open("weights.stone").restore(net)
statestone.open("prefixed.stone").restore(net, rename={"module.": ""})
assert torch.equal(net.classifier.bias, parallel.module.classifier.bias)

try:
    statestone.open("prefixed.stone").restore(net)
except statestone.Error as error:
    assert ("module.", "") in error.report.likely_renames  # proposed, never done unasked
