"""Warm start: parameters of a different model, as far as they fit."""

import torch
from network import Net

import statestone

statestone.save(Net(classes=10), "pretrained.stone")

net = Net(classes=3)  # another head: nothing of it is loaded in silence
try:
    statestone.open("pretrained.stone").restore(net)
except statestone.Error as error:
    assert [difference.name for difference in error.report.shape_changed] == [
        "classifier.weight",
        "classifier.bias",
    ]

report = statestone.open("pretrained.stone").restore(net.features, rename={"features.": ""}, strict=False)
assert report.loaded == ["0.weight", "0.bias"]
assert [difference.name for difference in report.unexpected][0] == "classifier.weight"
