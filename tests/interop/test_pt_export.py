"""Checkpoints written as .pt files, read back by torch.load itself."""

import collections
import os
import pathlib
import zipfile

import numpy
import torch
from torch.utils.serialization import config

from export_files import DTYPES, bits, export, filled, same, through_stone

MORE_DTYPES = [
    torch.complex128, torch.complex32, torch.bits8, torch.bits16, torch.bits1x8, torch.bits2x4,
    torch.bits4x2,
]  # fmt: skip


def there_and_back(state, folder, weights_only=True, how=through_stone):
    torch.save(state, folder / "a.pt")
    report = how(folder / "a.pt", folder / "b.pt", "pt")
    assert report.get("lost") == [], report
    return torch.load(folder / "b.pt", weights_only=weights_only)


def every_tensor():
    """Every dtype, with no elements, no dimensions, and more; strides that are kept."""
    tensors = collections.OrderedDict()
    for dtype in DTYPES + MORE_DTYPES:
        name = str(dtype)
        tensors[name] = filled(dtype, 3, 5)
        tensors[name + ".scalar"] = filled(dtype)
        tensors[name + ".empty"] = filled(dtype, 2, 0, 3)
        tensors[name + ".transposed"] = filled(dtype, 4, 3).t()
    tensors["channels_last"] = torch.randn(2, 3, 4, 5).to(memory_format=torch.channels_last)
    tensors["rank"] = torch.arange(2.0**11).reshape([2] * 11)
    return tensors


def test_tensors_of_every_dtype_and_shape_come_back(tmp_path):
    tensors = every_tensor()
    for how in (through_stone, export):
        same(there_and_back(tensors, tmp_path, how=how), tensors)


def test_values_of_every_kind_come_back_with_weights_only(tmp_path):
    state = {
        "none": None,
        "bools": [True, False],
        "ints": [0, 255, 256, 65535, 65536, -1, 2**31, -(2**31) - 1, 2**63, 2**64, -(2**80)],
        "floats": [0.1, -0.0, float("inf"), float("-inf"), 5e-324],
        "complex": 1.5 - 2j,
        "text": "\u20ac \n \U0001f600",
        "bytes": [b"", b"\x00\x7f\x80\xff", bytearray(b"\xff")],
        "tuples": ((), (1,), (1, 2), (1, 2, 3), (1, 2, 3, 4)),
        "set": {3},
        "empty": [{}, [], set(), collections.OrderedDict()],
        "size": torch.Size([1, 2]),
        "dtype": torch.bfloat16,
        "device": [torch.device("cpu"), torch.device("cuda:1")],
        "keys": {1: "a", -2.5: "b", None: "c", (1, "x"): "d", True: "e", b"k": "f"},
        "deep": [[[{"a": ({"b": [torch.ones(2)]},)}]]],
        3: "a root that is no list of names",
    }
    same(there_and_back(state, tmp_path), state)


def test_what_torch_takes_only_when_told_comes_back_too(tmp_path):
    state = {
        "frozen": frozenset([1]),
        "numbers": [numpy.float32(1.5), numpy.int8(-3), numpy.bool_(True), numpy.complex128(1j)],
        "long": 1 << 3000,
    }
    back = there_and_back(state, tmp_path, weights_only=False)
    same(back, state)
    try:
        torch.load(tmp_path / "b.pt", weights_only=True)
        raise AssertionError("torch takes more than it did: say so in export.h")
    except Exception as error:
        assert "weights_only" in str(error).lower() or "Unsupported" in str(error), error


def test_ties_stay_and_are_one_memory(tmp_path):
    memory = torch.arange(24.0)
    state = {
        "whole": memory,
        "rows": memory[6:18].view(3, 4),
        "column": memory[1::6],
        "apart": torch.ones(3),
    }
    back = there_and_back(state, tmp_path)
    same(back, state)
    back["whole"][7] = -1
    assert back["rows"][0, 1] == -1 and back["column"][1] == -1
    assert torch.equal(back["apart"], torch.ones(3))
    twice = torch.ones(2)
    back = there_and_back([twice, {"same": [twice]}], tmp_path)
    assert back[0] is back[1]["same"][0]


def test_a_training_run_comes_back_and_goes_on_with_the_same_bits(tmp_path):
    torch.manual_seed(1)
    net = torch.nn.Sequential(
        torch.nn.Conv2d(1, 2, 3), torch.nn.BatchNorm2d(2), torch.nn.Flatten(), torch.nn.Linear(8, 2)
    )
    adam = torch.optim.AdamW(net.parameters(), amsgrad=True)
    schedule = torch.optim.lr_scheduler.StepLR(adam, 2)

    def step():
        adam.zero_grad()
        net(torch.randn(3, 1, 4, 4)).square().sum().backward()
        adam.step()
        schedule.step()

    step()
    state = {
        "net": net.state_dict(),
        "adam": adam.state_dict(),
        "schedule": schedule.state_dict(),
        "rng": torch.get_rng_state(),
        "epoch": 3,
    }
    back = there_and_back(state, tmp_path)
    same(back, state)
    assert back["net"]._metadata == net.state_dict()._metadata
    step()
    expected = {name: bits(tensor) for name, tensor in net.state_dict().items()}
    net.load_state_dict(back["net"])
    adam.load_state_dict(back["adam"])
    schedule.load_state_dict(back["schedule"])
    torch.set_rng_state(back["rng"])
    step()
    assert {name: bits(tensor) for name, tensor in net.state_dict().items()} == expected


def test_parameters_stay_parameters(tmp_path):
    state = [
        torch.nn.Parameter(torch.ones(2)),
        torch.nn.Parameter(torch.ones(2, dtype=torch.int32), requires_grad=False),
        torch.ones(2, requires_grad=True),
        torch.ones(3, dtype=torch.float8_e5m2),
    ]
    same(there_and_back(state, tmp_path), state)


def sparse_and_quantized():
    """Every layout and scheme that torch saves, with dense and batch dimensions and none."""
    matrix = torch.tensor([[0.0, 1, 0, 2], [0, 0, 0, 0], [3, 0, 4, 0], [0, 5, 0, 0]])
    image = torch.randn(2, 3, 4, 4).contiguous(memory_format=torch.channels_last)
    twice = torch.sparse_coo_tensor(
        torch.tensor([[1, 1, 0], [2, 2, 1]]), torch.tensor([1.0, 2, 3]), (3, 4)
    )
    floats = torch.tensor([0.1, 0.2, 0.3, 0.4])
    return {
        "coo": [matrix.to_sparse(), twice, twice.coalesce(), torch.zeros(0, 4).to_sparse()],
        "hybrid": matrix.view(4, 2, 2).to_sparse(1),
        "dtypes": [matrix.to(dtype).to_sparse() for dtype in (torch.bfloat16, torch.int8, torch.bool)],
        "csr": [matrix.to_sparse_csr(), torch.stack([matrix, matrix]).to_sparse_csr()],
        "int32": torch.sparse_csr_tensor(
            torch.tensor([0, 1, 2]).int(), torch.tensor([0, 1]).int(), torch.ones(2)
        ),
        "others": (matrix[:3].to_sparse_csc(), matrix.to_sparse_bsr((2, 1)), matrix.to_sparse_bsc((1, 2))),
        "model": collections.OrderedDict(x=matrix.to_sparse(), w=torch.ones(2)),
        "per_tensor": [
            torch.quantize_per_tensor(matrix, 0.05, 3, dtype)
            for dtype in (torch.qint8, torch.quint8, torch.qint32)
        ],
        "per_channel": torch.quantize_per_channel(
            matrix, floats.double(), torch.tensor([0, 1, 2, 3]), 1, torch.qint8
        ),
        "float_zero_points": torch.quantize_per_channel(matrix, floats, floats, 0, torch.quint8),
        "channels_last": torch.quantize_per_tensor(image, 0.1, 0, torch.qint8),
        "empty": torch.quantize_per_tensor(torch.zeros(0, 3), 0.1, 0, torch.qint8),
    }


def test_sparse_and_quantized_tensors_come_back_as_they_were(tmp_path):
    state = sparse_and_quantized()
    for how in (through_stone, export):
        same(there_and_back(state, tmp_path, how=how), state)
    with torch.sparse.check_sparse_tensor_invariants():
        same(torch.load(tmp_path / "b.pt", weights_only=True), state)
    root = state["coo"][0]
    same(there_and_back(root, tmp_path), root)
    same(there_and_back(state["per_channel"], tmp_path), state["per_channel"])


def test_files_with_sparse_and_quantized_tensors_are_the_same_after_another_round(tmp_path):
    there_and_back(sparse_and_quantized(), tmp_path)
    assert through_stone(tmp_path / "b.pt", tmp_path / "c.pt", "pt")["lost"] == []
    assert (tmp_path / "b.pt").read_bytes() == (tmp_path / "c.pt").read_bytes()


def test_quantized_tensors_in_several_places_share_their_memory(tmp_path):
    quantized = torch.quantize_per_tensor(torch.ones(3), 0.1, 0, torch.qint8)
    back = there_and_back([quantized, {"again": quantized}], tmp_path)
    same(back, [quantized, {"again": quantized}])
    assert back[0].data_ptr() == back[1]["again"].data_ptr()


def tag(**members):
    return {"statestone": members.pop("tag"), **members}


def test_a_plain_tensor_over_the_integers_of_a_quantized_one_stays_tied(tmp_path):
    integers = torch.tensor([1, 2, 3], dtype=torch.int8)
    made = tag(tag="quantized", dtype=torch.qint8, qscheme="per_tensor_affine", int_repr=integers,
               scale=0.5, zero_point=1)  # fmt: skip
    back = there_and_back([made, integers, integers[1:]], tmp_path)
    same(back[0].int_repr(), integers)
    assert back[0].q_scale() == 0.5 and back[0].q_zero_point() == 1
    same(back[1], integers)
    back[1][2] = 7
    assert back[0].int_repr()[2] == 7 and back[2][1] == 7


def test_a_quantized_tensor_behind_its_plain_integers_is_reported_as_lost(tmp_path):
    integers = torch.tensor([1, 2, 3], dtype=torch.int8)
    made = tag(tag="quantized", dtype=torch.qint8, qscheme="per_tensor_affine", int_repr=integers,
               scale=0.5, zero_point=1)  # fmt: skip
    torch.save([integers, made], tmp_path / "a.pt")
    report = through_stone(tmp_path / "a.pt", tmp_path / "b.pt", "pt")
    assert report["error"] == "unrepresentable", report
    assert "1: that it is a quantized tensor, since others share" in report["text"], report
    assert not (tmp_path / "b.pt").exists()
    report = through_stone(tmp_path / "a.pt", tmp_path / "b.pt", "pt", "lossy")
    assert [path for path, _ in report["lost"]] == ["1"] and "quantized" in report["lost"][0][1]
    back = torch.load(tmp_path / "b.pt", weights_only=True)
    same(back[1], made)
    assert back[0].data_ptr() == back[1]["int_repr"].data_ptr()


def test_maps_that_only_look_like_sparse_or_quantized_tensors_stay_maps(tmp_path):
    indices, values = torch.tensor([[0, 1]]), torch.ones(2)
    coo = dict(indices=indices, values=values, size=torch.Size([3]))
    csr = dict(crow_indices=torch.tensor([0, 2]), col_indices=torch.tensor([0, 1]), values=values)
    quantized = dict(dtype=torch.qint8, qscheme="per_tensor_affine",
                     int_repr=torch.ones(2, dtype=torch.int8), scale=0.5, zero_point=1)  # fmt: skip
    channels = dict(dtype=torch.qint8, qscheme="per_channel_affine",
                    int_repr=torch.ones(2, dtype=torch.int8), scales=values,
                    zero_points=torch.zeros(2), axis=0)  # fmt: skip
    state = [
        {"statestone": 1, **coo},
        {"statestone": "sparse", **coo},
        {**coo, "statestone": "sparse_coo"},
        collections.OrderedDict(tag(tag="sparse_coo", **coo)),
        tag(tag="sparse_coo", **coo, more=1),
        tag(tag="sparse_coo", **coo, is_coalesced=1),
        tag(tag="sparse_coo", **{**coo, "size": [3]}),
        tag(tag="sparse_coo", **{**coo, "size": torch.Size([3, 1])}),
        tag(tag="sparse_coo", **{**coo, "indices": indices.int()}),
        tag(tag="sparse_coo", **{**coo, "values": None}),
        tag(tag="sparse_coo", **{**coo, "values": torch.nn.Parameter(torch.ones(2))}),
        tag(tag="sparse_csr", **csr, size=torch.Size([2, 2])),
        tag(tag="sparse_csr", **csr, size=torch.Size([1, 2]), is_coalesced=True),
        tag(tag="quantized", **{**quantized, "dtype": torch.qint32}),
        tag(tag="quantized", **{**quantized, "dtype": torch.int8}),
        tag(tag="quantized", **{**quantized, "dtype": "qint8"}),
        tag(tag="quantized", **{**quantized, "qscheme": "per_channel_affine"}),
        tag(tag="quantized", **{**quantized, "scale": 1}),
        tag(tag="quantized", **{**quantized, "zero_point": 0.0}),
        tag(tag="quantized", **{**channels, "axis": 1}),
        tag(tag="quantized", **{**channels, "axis": -1}),
        tag(tag="quantized", **{**channels, "scales": torch.ones(3)}),
        tag(tag="quantized", **{**channels, "qscheme": "per_tensor_affine"}),
    ]
    same(there_and_back(state, tmp_path), state)


def test_the_archive_is_laid_out_as_torch_lays_it_out(tmp_path):
    tensors = every_tensor()
    back = there_and_back(tensors, tmp_path)
    del back
    with zipfile.ZipFile(tmp_path / "b.pt") as ours:
        assert ours.testzip() is None
        names = [name.removeprefix("archive/") for name in ours.namelist()]
        for entry in ours.infolist():
            header = (tmp_path / "b.pt").read_bytes()[entry.header_offset :][:30]
            sizes = int.from_bytes(header[26:28], "little") + int.from_bytes(header[28:30], "little")
            assert (entry.header_offset + 30 + sizes) % 64 == 0, entry
    with zipfile.ZipFile(tmp_path / "a.pt") as theirs:
        expected = [name.removeprefix("a/") for name in theirs.namelist()]
    assert names == [name for name in expected if name != ".data/serialization_id"]
    same(torch.load(tmp_path / "b.pt", mmap=True), tensors)
    config.load.calculate_storage_offsets = True
    os.environ["TORCH_SERIALIZATION_DEBUG"] = "1"
    try:
        same(torch.load(tmp_path / "b.pt", mmap=True), tensors)
    finally:
        config.load.calculate_storage_offsets = False
        del os.environ["TORCH_SERIALIZATION_DEBUG"]


def test_the_same_checkpoint_gives_the_same_file_under_any_name(tmp_path):
    torch.save(every_tensor(), tmp_path / "a.pt")
    export(tmp_path / "a.pt", tmp_path / "b.pt", "pt")
    export(tmp_path / "b.pt", tmp_path / "other name.pth", "pt")
    assert (tmp_path / "b.pt").read_bytes() == (tmp_path / "other name.pth").read_bytes()


def test_safetensors_become_a_dict_of_torch_with_their_metadata(tmp_path):
    from safetensors.torch import save_file

    tensors = {"b": torch.ones(2, 3), "a": torch.arange(4)}
    save_file(tensors, tmp_path / "a.safetensors", metadata={"format": "pt"})
    assert export(tmp_path / "a.safetensors", tmp_path / "a.pt", "pt")["lost"] == []
    back = torch.load(tmp_path / "a.pt", weights_only=True)
    assert back.__metadata__ == {"format": "pt"}
    assert {name: bits(tensor) for name, tensor in back.items()} == {
        name: bits(tensor) for name, tensor in tensors.items()
    }
    save_file(tensors, tmp_path / "a.safetensors")
    assert export(tmp_path / "a.safetensors", tmp_path / "a.pt", "pt")["lost"] == []
    assert type(torch.load(tmp_path / "a.pt", weights_only=True)) is dict


def test_published_weights_come_back_as_they_were(tmp_path):
    models = pathlib.Path(os.environ["STATESTONE_MODELS"])
    for name in ("tiny.pth", "full.pth"):
        report = through_stone(models / name, tmp_path / "b.pt", "pt")
        assert report["lost"] == [], report
        same(
            torch.load(tmp_path / "b.pt", weights_only=True),
            torch.load(models / name, weights_only=True),
        )
