"""safetensors files in and out, against the reference library, byte for byte."""

import json
import os
import pathlib
import struct

import torch
from safetensors.torch import load_file, save_file

from export_files import DTYPES, bits, export, filled, same, through_stone


def every_dtype():
    tensors = {}
    for i, dtype in enumerate(DTYPES):
        name = str(dtype)[6:]
        tensors[f"{i % 7}.{name}"] = filled(dtype, 3, 4)
        tensors[f"{name}.empty"] = filled(dtype, 2, 0, 6)
        if dtype != torch.float4_e2m1fn_x2:
            tensors[f"{name}.scalar"] = filled(dtype)
    tensors['odd "name"\n\t\\ / \x7f \u20ac \U0001f600'] = torch.ones(5)
    return tensors


def header_of(path):
    data = path.read_bytes()
    (length,) = struct.unpack("<Q", data[:8])
    return json.loads(data[8 : 8 + length])


def data_of(path):
    data = path.read_bytes()
    return data[8 + struct.unpack("<Q", data[:8])[0] :]


def test_a_file_of_every_dtype_is_written_back_byte_for_byte(tmp_path):
    save_file(every_dtype(), tmp_path / "a.safetensors", metadata={"format": "pt"})
    for how in (export, through_stone):
        report = how(tmp_path / "a.safetensors", tmp_path / "b.safetensors", "safetensors")
        assert report.get("lost") == [], report
        assert (tmp_path / "b.safetensors").read_bytes() == (
            tmp_path / "a.safetensors"
        ).read_bytes()
        assert report["progress"] == report["tensor_bytes"] > 0


def test_a_checkpoint_of_torch_becomes_what_save_file_writes(tmp_path):
    for tensors in (every_dtype(), {}, {"one": torch.tensor(2.5)}, {"": torch.ones(2)}):
        torch.save(tensors, tmp_path / "a.pt")
        save_file(tensors, tmp_path / "a.safetensors")
        report = through_stone(tmp_path / "a.pt", tmp_path / "b.safetensors", "safetensors")
        if not tensors:  # a dict of nothing is no tensor dict
            assert report["error"] == "unrepresentable"
            continue
        assert report["lost"] == [], report
        assert (tmp_path / "b.safetensors").read_bytes() == (
            tmp_path / "a.safetensors"
        ).read_bytes()


def test_metadata_in_any_order_and_old_orders_of_tensors_are_kept(tmp_path):
    metadata = {"z": "1", "format": "pt", "a": "\u00e9\n", "": ""}
    header = json.dumps(
        {
            "b": {"dtype": "U8", "shape": [1], "data_offsets": [0, 1]},
            "__metadata__": metadata,
            "a": {"data_offsets": [1, 5], "shape": [], "dtype": "F32"},
        }
    ).encode()
    (tmp_path / "a.safetensors").write_bytes(
        struct.pack("<Q", len(header)) + header + b"x" + struct.pack("<f", 1.5)
    )
    report = through_stone(tmp_path / "a.safetensors", tmp_path / "b.safetensors", "safetensors")
    assert report["lost"] == []
    assert list(header_of(tmp_path / "b.safetensors")["__metadata__"].items()) == list(
        metadata.items()
    )
    before, after = load_file(tmp_path / "a.safetensors"), load_file(tmp_path / "b.safetensors")
    assert before.keys() == after.keys()
    assert all(bits(before[name]) == bits(after[name]) for name in before)


def test_a_state_dict_keeps_its_metadata_through_safetensors(tmp_path):
    net = torch.nn.Sequential(torch.nn.Linear(3, 2), torch.nn.BatchNorm1d(2))
    torch.save(net.state_dict(), tmp_path / "a.pt")
    report = export(tmp_path / "a.pt", tmp_path / "a.safetensors", "safetensors")
    assert report["lost"] == []
    assert set(load_file(tmp_path / "a.safetensors")) == set(net.state_dict())
    report = export(tmp_path / "a.safetensors", tmp_path / "b.stone", "stone")
    assert "error" not in report, report
    header = header_of(tmp_path / "a.safetensors")
    kept = json.loads(header["__metadata__"]["statestone.attributes"])
    assert kept["_metadata"]["items"][1] == {"version": 1}, kept


def test_what_safetensors_cannot_hold_is_refused_or_listed(tmp_path):
    weight = torch.arange(6.0).reshape(2, 3)
    state = {
        "model": {"w": weight, "tied": weight, "t": torch.ones(2, 3).t()},
        "epoch": 3,
        "z": torch.ones(2, dtype=torch.complex128),
    }
    torch.save(state, tmp_path / "a.pt")
    (tmp_path / "b.safetensors").write_bytes(b"old")
    report = through_stone(tmp_path / "a.pt", tmp_path / "b.safetensors", "safetensors")
    assert report["error"] == "unrepresentable"
    assert "would lose 6 things" in report["text"] and "--lossy" in report["text"], report
    assert (tmp_path / "b.safetensors").read_bytes() == b"old"
    report = through_stone(tmp_path / "a.pt", tmp_path / "b.safetensors", "safetensors", "lossy")
    assert len(report["lost"]) == 6, report
    written = load_file(tmp_path / "b.safetensors")
    assert sorted(written) == ["t", "tied", "w"]
    assert all(bits(written[name]) == bits(state["model"][name]) for name in written)
    entries = json.loads(header_of(tmp_path / "b.safetensors")["__metadata__"]["statestone.entries"])
    assert entries[1] == {"name": "epoch", "value": 3}


def test_a_set_is_written_read_and_joined_again(tmp_path):
    tensors = {f"layer.{i}.weight": torch.randn(50, 10) for i in range(9)}
    tensors["big"] = torch.randn(2000)
    save_file(tensors, tmp_path / "one.safetensors", metadata={"format": "pt"})
    report = through_stone(
        tmp_path / "one.safetensors", tmp_path / "set.safetensors", "safetensors",
        "max_shard_bytes=5000",
    )  # fmt: skip
    assert report["lost"] == []
    assert report["files"][-1] == "set.safetensors.index.json" and len(report["files"]) == 7
    assert not (tmp_path / "set.safetensors").exists()
    index = json.loads((tmp_path / "set.safetensors.index.json").read_text())
    assert index["metadata"]["total_size"] == 26000
    joined = {}
    for file in report["files"][:-1]:
        part = load_file(tmp_path / file)
        assert all(index["weight_map"][name] == file for name in part)
        assert len(part) == 1 or sum(t.numel() * 4 for t in part.values()) <= 5000
        joined.update(part)
    assert set(joined) == set(index["weight_map"]) == set(tensors)
    assert all(torch.equal(joined[name], tensors[name]) for name in tensors)
    report = export(tmp_path / "set.safetensors.index.json", tmp_path / "two.safetensors",
                    "safetensors")  # fmt: skip
    assert report["lost"] == [] and report["skipped"] == [], report
    assert (tmp_path / "two.safetensors").read_bytes() == (
        tmp_path / "one.safetensors"
    ).read_bytes()


def test_the_reference_library_and_ours_agree_on_what_is_valid(tmp_path):
    def tensor(**changes):
        return {"dtype": "U8", "shape": [2], "data_offsets": [0, 2], **changes}

    headers = [
        {"a": tensor()},
        {"a": tensor(), "__metadata__": {"x": "y"}},
        {"a": tensor(shape=[2, 1, 1])},
        {"a": tensor(), "e": tensor(shape=[0], data_offsets=[2, 2])},
        {"e": tensor(shape=[3, 0], data_offsets=[0, 0]), "a": tensor()},
        {"a": tensor(shape=[3])},
        {"a": tensor(shape=[2, 0])},
        {"a": tensor(dtype="F16", shape=[1])},
        {"a": tensor(dtype="F16", shape=[])},
        {"a": tensor(dtype="NO")},
        {"a": tensor(data_offsets=[0, 3])},
        {"a": tensor(data_offsets=[1, 3])},
        {"a": tensor(data_offsets=[2, 0])},
        {"a": tensor(shape=[1], data_offsets=[0, 1])},
        {"a": tensor(shape=[1], data_offsets=[0, 1]), "b": tensor(shape=[1], data_offsets=[0, 1])},
        {"a": tensor(shape=[2**32, 2**32], data_offsets=[0, 0]), "b": tensor()},
        {"a": tensor(shape=[-2])},
        {"a": tensor(shape=["2"])},
        {"a": tensor(shape=[2.0])},
        {"a": tensor(shape=2)},
        {"a": {"dtype": "U8", "shape": [2]}},
        {"a": tensor(), "__metadata__": {"x": 1}},
        {"a": tensor(), "__metadata__": None},
        {"a": tensor(), "__metadata__": []},
        {"a": []},
        [],
    ]
    verdicts = []
    for i, header in enumerate(headers):
        text = json.dumps(header).encode()
        path = tmp_path / f"{i}.safetensors"
        path.write_bytes(struct.pack("<Q", len(text)) + text + b"ab")
        try:
            theirs = load_file(path)
        except Exception:
            theirs = None
        report = export(path, tmp_path / f"{i}.out", "safetensors")
        verdicts.append(theirs is not None)
        assert ("error" in report) == (theirs is None), (header, report)
        if theirs is not None:
            ours = load_file(tmp_path / f"{i}.out")
            same(dict(sorted(ours.items())), dict(sorted(theirs.items())))
    assert sum(verdicts) == 8


def test_published_weights_become_what_save_file_writes(tmp_path):
    models = pathlib.Path(os.environ["STATESTONE_MODELS"])
    for name in ("tiny.pth", "pnet.pt"):
        weights = torch.load(models / name, weights_only=True)
        strided = [key for key, tensor in weights.items() if not tensor.is_contiguous()]
        save_file(
            {key: tensor.contiguous() for key, tensor in weights.items()},
            tmp_path / "a.safetensors",
        )
        torch.save(weights, tmp_path / "a.pt")  # some are in a container of long ago
        report = through_stone(
            tmp_path / "a.pt", tmp_path / "b.safetensors", "safetensors", "lossy"
        )
        assert [path for path, _ in report["lost"]] == strided, report
        assert data_of(tmp_path / "b.safetensors") == data_of(tmp_path / "a.safetensors")
        ours, theirs = header_of(tmp_path / "b.safetensors"), header_of(tmp_path / "a.safetensors")
        ours.pop("__metadata__", None)
        assert list(ours.items()) == list(theirs.items())
