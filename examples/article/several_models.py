"""Several models and their optimizers in one file."""

import torch
from network import Net, train

import statestone

generator, critic = Net(), Net(classes=1)
optimizers = {
    "generator_adam": torch.optim.Adam(generator.parameters()),
    "critic_adam": torch.optim.Adam(critic.parameters(), lr=1e-4),
}
train(generator, optimizers["generator_adam"], 1)
train(critic, optimizers["critic_adam"], 1)
statestone.save({"generator": generator, "critic": critic, **optimizers}, "gan.stone")

with statestone.open("gan.stone") as gan:
    report = gan.restore(generator=generator, critic=critic, **optimizers)  # all, or none
    assert gan["critic"]["classifier.weight"].shape == (1, 144)
assert len(report["critic_adam"].loaded) == 4
