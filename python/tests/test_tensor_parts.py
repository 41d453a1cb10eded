"""Sparse and quantized tensors: kept by their parts, and tensors again."""

import pytest
import torch
from test_same_content import digests_of_both_ways

import statestone

DENSE = torch.tensor([[0.0, 1, 0, 2], [0, 0, 3, 0], [4, 0, 0, 0], [0, 0, 0, 5]])
SPARSE = {
    "coo": DENSE.to_sparse(),
    "coo with dense dimensions": DENSE.to_sparse(1),
    "coo not coalesced": torch.sparse_coo_tensor([[1, 1, 0]], [1.0, 2, 3], (3,)),
    "csr": DENSE.to_sparse_csr(),
    "csc": DENSE.to_sparse_csc(),
    "bsr": DENSE.to_sparse_bsr((2, 2)),
    "bsc": DENSE.to_sparse_bsc((2, 1)),
}
QUANTIZED = {
    "qint8": torch.quantize_per_tensor(DENSE, 0.5, 3, torch.qint8),
    "quint8": torch.quantize_per_tensor(DENSE, 0.1, 0, torch.quint8),
    "qint32": torch.quantize_per_tensor(DENSE, 0.01, 7, torch.qint32),
    "per channel": torch.quantize_per_channel(
        DENSE, torch.tensor([0.1, 0.2, 0.3, 0.4]), torch.tensor([0, 1, 2, 3]), 1, torch.qint8
    ),
}


@pytest.mark.parametrize("name", SPARSE)
def test_sparse_tensors_come_back_in_their_layout(name, round_trip):
    tensor = SPARSE[name]
    loaded = round_trip({"list": [tensor, (tensor,)]})["list"][0]
    assert loaded.layout == tensor.layout and loaded.shape == tensor.shape
    assert torch.equal(loaded.to_dense(), tensor.to_dense())
    if tensor.layout == torch.sparse_coo:
        assert loaded.is_coalesced() == tensor.is_coalesced()
        assert torch.equal(loaded._indices(), tensor._indices())


@pytest.mark.parametrize("name", QUANTIZED)
def test_quantized_tensors_come_back_with_their_scheme(name, round_trip):
    tensor = QUANTIZED[name]
    loaded = round_trip({"q": tensor})["q"]
    assert (loaded.dtype, loaded.qscheme()) == (tensor.dtype, tensor.qscheme())
    assert torch.equal(loaded.int_repr(), tensor.int_repr())
    assert torch.equal(loaded.dequantize(), tensor.dequantize())


def test_they_say_what_converting_says(tmp_path):
    saved, converted = digests_of_both_ways({**SPARSE, **QUANTIZED}, tmp_path)
    assert saved == converted


def test_indices_outside_of_the_tensor_are_found(tmp_path, refusal):
    parts = {
        "statestone": "sparse_coo",
        "indices": torch.tensor([[0, 9]]),
        "values": torch.ones(2),
        "size": torch.Size([3]),
    }
    statestone.save({"x": parts}, tmp_path / "outside.stone")
    error = refusal(statestone.load, tmp_path / "outside.stone")
    assert error.code == "corrupt" and "sparse_coo" in error.found
    found = statestone.load(tmp_path / "outside.stone", framework="numpy")["x"]
    assert found["indices"].tolist() == [[0, 9]]


@pytest.mark.parametrize(
    "other",
    [
        {"statestone": "sparse_coo"},
        {"statestone": "quantized", "scale": 1.0},
        {"statestone": 3, "n": 1},
        {"statestone": ["sparse_coo"]},
        {"statestone": "sparse_csr", "crow_indices": 1, "col_indices": 2, "values": 3, "size": 4},
    ],
)
def test_other_maps_of_that_key_are_maps(other, round_trip):
    assert round_trip({"x": other}) == {"x": other}


def test_parameters_of_such_layouts_are_refused(tmp_path, refusal):
    parameter = torch.nn.Parameter(DENSE.to_sparse())
    error = refusal(statestone.save, {"p": parameter}, tmp_path / "p.stone")
    assert (error.code, error.entry) == ("unrepresentable", "p")
    assert "sparse" in error.problem and "to_dense" in error.advice
