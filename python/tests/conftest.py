"""What the tests of the package share: what it means that two states are the same."""

import collections
import os
import pathlib
import struct
import subprocess
import sys

import numpy as np
import pytest
import torch

import statestone

SOURCE = pathlib.Path(os.environ["STATESTONE_SOURCE"])
MODELS = SOURCE / "build" / "models"
PROGRAM = os.environ["STATESTONE_PROGRAM"]

INTEGERS = {1: torch.uint8, 2: torch.int16, 4: torch.int32, 8: torch.int64}


def bits(tensor):
    """The elements of a tensor in row-major order, as bytes."""
    tensor = tensor.detach().contiguous()
    if tensor.dtype.is_complex and tensor.element_size() == 16:
        tensor = torch.view_as_real(tensor)
    return tensor.view(INTEGERS[tensor.element_size()]).numpy().tobytes()


def is_dense(tensor):
    step = 1
    for stride, dim in sorted(zip(tensor.stride(), tensor.shape)):
        if dim == 1:
            continue
        if stride != step:
            return False
        step *= dim
    return True


def assert_same_tensor(found, expected):
    assert type(found) is type(expected)
    assert found.dtype == expected.dtype
    assert found.shape == expected.shape
    assert found.requires_grad == expected.requires_grad
    assert bits(found) == bits(expected)
    if is_dense(expected) and expected.numel() > 0 and 1 not in expected.shape:
        assert found.stride() == expected.stride()


def assert_same(found, expected):
    """Equal in value, type and order, bit for bit, all the way down."""
    assert type(found) is type(expected)
    if isinstance(expected, torch.Tensor):
        assert_same_tensor(found, expected)
    elif isinstance(expected, dict):
        assert len(found) == len(expected)
        for (found_key, found_item), (key, item) in zip(found.items(), expected.items()):
            assert_same(found_key, key)
            assert_same(found_item, item)
        if isinstance(expected, collections.OrderedDict):
            assert_same(vars(found), vars(expected))
    elif isinstance(expected, (list, tuple)):
        assert len(found) == len(expected)
        for found_item, item in zip(found, expected):
            assert_same(found_item, item)
    elif isinstance(expected, float):
        assert struct.pack("d", found) == struct.pack("d", expected)
    elif isinstance(expected, complex):
        assert_same([found.real, found.imag], [expected.real, expected.imag])
    elif isinstance(expected, np.generic):
        assert found.tobytes() == expected.tobytes()
    else:
        assert found == expected


def ties(tensors):
    """For each pair of tensors that share a byte: which, and how far apart they start."""
    spans = []
    for tensor in tensors:
        last = sum((dim - 1) * step for dim, step in zip(tensor.shape, tensor.stride()))
        size = (last + 1) * tensor.element_size() if tensor.numel() else 0
        spans.append((tensor.data_ptr(), tensor.data_ptr() + size))
    return [
        (i, j, spans[j][0] - spans[i][0])
        for i in range(len(spans))
        for j in range(i + 1, len(spans))
        if spans[i][0] < spans[j][1] and spans[j][0] < spans[i][1]
    ]


@pytest.fixture
def round_trip(tmp_path):
    def saved_and_loaded(state, **options):
        path = tmp_path / "state.stone"
        statestone.save(state, path, **options)
        return statestone.load(path)

    return saved_and_loaded


@pytest.fixture
def refusal():
    """Calls a function, which must raise an Error, and returns that."""

    def caught(function, *arguments, **options):
        with pytest.raises(statestone.Error) as info:
            function(*arguments, **options)
        return info.value

    return caught


def run_python(code, *options, **environment):
    """Runs code in a Python of its own; returns what it printed."""
    done = subprocess.run(
        [sys.executable, *options, "-c", code],
        capture_output=True,
        text=True,
        timeout=300,
        env={**os.environ, **environment},
    )
    assert done.returncode == 0, done.stderr
    return done.stdout
