"""An optimizer's state goes by names: groups may be split otherwise than when it was saved."""

import torch
from network import Net, train

import statestone

net = Net()
adam = torch.optim.AdamW(net.parameters())
train(net, adam, 2)
statestone.save({"model": net, "optimizer": adam}, "run.stone")

weights = [p for p in net.parameters() if p.dim() > 1]
biases = [p for p in net.parameters() if p.dim() == 1]
split = torch.optim.AdamW([{"params": biases}, {"params": weights}])
statestone.open("run.stone").restore(model=net, optimizer=split)
for parameter in net.parameters():
    assert torch.equal(split.state[parameter]["exp_avg"], adam.state[parameter]["exp_avg"])
