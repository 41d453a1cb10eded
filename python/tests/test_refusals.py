"""What cannot be saved or read: one error, with code, place and what to do."""

import argparse
import collections
import dataclasses
import datetime
import enum
import os
import pathlib
import pickle

import numpy as np
import pytest
import torch

import statestone
from conftest import SOURCE


class Color(enum.IntEnum):
    RED = 1


@dataclasses.dataclass
class Settings:
    width: int = 3


class Tagged(torch.Tensor):
    pass


Point = collections.namedtuple("Point", "x y")
LINEAR = torch.nn.Linear(2, 2)
ADAM = torch.optim.Adam(LINEAR.parameters())

UNREPRESENTABLE = {
    "object": (object(), "class object", "plain data"),
    "enum": (Color.RED, "Color", "x.value"),
    "dataclass": (Settings(), "Settings", "dataclasses.asdict"),
    "namedtuple": (Point(1, 2), "Point", "tuple(x)"),
    "path": (pathlib.Path("a"), "pathlib", "str(x)"),
    "date": (datetime.date(2020, 1, 2), "datetime.date", "isoformat"),
    "namespace": (argparse.Namespace(a=1), "Namespace", "vars(x)"),
    "function": (len, "function", "name"),
    "class": (Settings, "class", "name"),
    "str of another class": (np.str_("a"), "NumPy texts", "tolist"),
    "module inside": (LINEAR, "module inside", "state_dict()"),
    "optimizer": (ADAM, "optimizer", "state_dict()"),
    "generator": (torch.Generator(), "generator", "get_state"),
    "storage": (torch.ones(2).untyped_storage(), "storage", "tensor"),
    "memory format": (torch.channels_last, "memory_format", "string"),
    "sparse tensor": (torch.eye(3).to_sparse_csr().requires_grad_(), "sparse", "to_dense"),
    "meta tensor": (torch.ones(2, device="meta"), "meta tensor", "data"),
    "conjugate": (torch.ones(2, dtype=torch.complex64).conj(), "conj bit", "resolve_conj"),
    "negative": (torch.ones(2, dtype=torch.complex64).conj().imag, "neg bit", "resolve_neg"),
    "subclass": (torch.ones(2).as_subclass(Tagged), "Tagged", "as_subclass"),
    "lazy module": (torch.nn.LazyLinear(3).weight, "no shape yet", "lazy module"),
    "array of texts": (np.array(["a"]), "NumPy texts", "tolist"),
    "array of objects": (np.array([None]), "object", "tolist"),
    "big-endian array": (np.arange(3, dtype=">i4"), "big-endian", "newbyteorder"),
    "matrix": (np.matrix([1]), "matrix", "asarray"),
    "dtype of NumPy": (np.dtype("f4"), "NumPy dtype", "x.name"),
    "surrogates": ("\ud800", "surrogates", "bytes"),
    "key of a tensor": ({torch.ones(1): 1}, "key of kind tensor", "texts"),
}


@pytest.mark.parametrize("name", UNREPRESENTABLE)
def test_what_cannot_be_saved_is_named_with_its_place(name, tmp_path, refusal):
    obj, problem, advice = UNREPRESENTABLE[name]
    path = tmp_path / "refused.stone"
    error = refusal(statestone.save, {"config": {"a/b": [1, obj]}}, path)
    assert error.code == "unrepresentable"
    assert problem in error.problem
    assert advice in error.advice
    assert error.path == str(path)
    assert error.entry == "config/a\\/b/1"
    assert error.entry in str(error) and error.advice in str(error)
    assert os.listdir(tmp_path) == []


def test_a_container_that_holds_itself_is_refused(tmp_path, refusal):
    loop = {"list": []}
    loop["list"].append(loop)
    error = refusal(statestone.save, loop, tmp_path / "loop.stone")
    assert (error.code, error.entry) == ("unrepresentable", "list/0")
    assert "holds itself" in error.problem


def test_integers_beyond_8192_bits_are_refused(tmp_path, refusal):
    statestone.save({"n": 2**8191 - 1}, tmp_path / "large.stone")
    assert statestone.load(tmp_path / "large.stone") == {"n": 2**8191 - 1}
    error = refusal(statestone.save, {"n": 2**8191}, tmp_path / "larger.stone")
    assert error.code == "limit"


def test_keys_that_python_takes_for_one_are_refused(refusal):
    pairs = SOURCE / "tests" / "data" / "good"
    assert any(pairs.glob("*.stone"))
    for path in sorted(pairs.glob("*.stone")):
        try:
            statestone.load(path)
        except statestone.Error as error:
            assert error.code in ("unrepresentable", "unsupported"), (path, error)


def test_files_that_are_not_there_give_the_system_error(tmp_path, refusal):
    error = refusal(statestone.load, tmp_path / "missing.stone")
    assert (error.code, error.system_error) == ("io", 2)
    assert error.path == str(tmp_path / "missing.stone")
    error = refusal(statestone.save, {}, tmp_path / "no folder" / "x.stone")
    assert error.code == "io"


def test_paths_may_be_bytes_and_not_utf8(tmp_path, refusal):
    path = os.fsencode(tmp_path) + b"/\xff.stone"
    statestone.save({"a": 1}, path)
    assert statestone.load(path) == {"a": 1}
    error = refusal(statestone.load, path + b"x")
    assert os.fsencode(error.path) == path + b"x"


def test_a_flipped_bit_is_found_with_its_place(tmp_path, refusal):
    path = tmp_path / "weights.stone"
    statestone.save({"a": torch.ones(3), "fc.weight": torch.randn(50_000)}, path)
    content = bytearray(path.read_bytes())
    content[8000] ^= 1
    path.write_bytes(content)
    error = refusal(statestone.load, path)
    assert (error.code, error.entry, error.path) == ("corrupt", "fc.weight", str(path))
    assert error.offset is not None and error.chunk is not None
    assert error.expected.startswith("0x") and error.found.startswith("0x")
    assert "copy it again" in error.advice
    with statestone.open(path) as run:
        assert run["a"].load().tolist() == [1, 1, 1]
        assert refusal(run["fc.weight"].load).entry == "fc.weight"
        assert refusal(run.verify).code == "corrupt"


def test_every_bad_file_is_refused_with_the_code_it_deserves(refusal):
    codes = {"bad": {"corrupt", "incomplete", "not_statestone", "limit", "unsupported"}}
    codes["unsupported"] = {"unsupported", "corrupt", "limit"}
    for folder, allowed in codes.items():
        files = sorted((SOURCE / "tests" / "data" / folder).glob("*.stone"))
        assert len(files) > 10
        for path in files:
            try:
                statestone.load(path, framework="buffer")
                statestone.open(path).verify()
            except statestone.Error as error:
                assert error.code in allowed | {"not_found"}, (path, error)
            else:
                assert folder == "unsupported", path


def test_files_of_others_are_recognised(tmp_path, refusal):
    torch.save({"a": torch.ones(2)}, tmp_path / "a.pt")
    error = refusal(statestone.load, tmp_path / "a.pt")
    assert error.code == "not_statestone"
    assert error.found or error.advice


def test_a_pickle_of_classes_is_not_executed(tmp_path, refusal):
    torch.save({"path": pathlib.PurePosixPath("a"), "n": 1}, tmp_path / "a.pt")
    error = refusal(statestone.convert, tmp_path / "a.pt", tmp_path / "a.stone")
    assert error.code == "unsafe"
    report = statestone.convert(tmp_path / "a.pt", tmp_path / "a.stone", skip_unknown=True)
    assert [path for path, _ in report["skipped"]] == ["path"]
    assert statestone.load(tmp_path / "a.stone") == {"n": 1}


@pytest.mark.parametrize(
    "call",
    [
        lambda path: statestone.save({}, path, compression="lzma"),
        lambda path: statestone.save({}, path, threads=0),
        lambda path: statestone.load(path, framework="jax"),
        lambda path: statestone.load(path, map_location=lambda storage, location: storage),
        lambda path: statestone.load(path, map_location="cuda", framework="numpy"),
        lambda path: statestone.safe_open(path, "tf"),
    ],
)
def test_wrong_arguments_are_refused_before_anything_happens(call, tmp_path, refusal):
    error = refusal(call, tmp_path / "a.stone")
    assert error.code == "invalid_argument"
    assert error.found or error.advice
    assert os.listdir(tmp_path) == []


def test_max_bytes_bounds_what_is_read(tmp_path, refusal):
    statestone.save({"a": torch.zeros(1000)}, tmp_path / "a.stone")
    error = refusal(statestone.load, tmp_path / "a.stone", max_bytes=3999)
    assert (error.code, error.found) == ("limit", "4000")
    assert statestone.load(tmp_path / "a.stone", max_bytes=4000)["a"].shape == (1000,)


def test_errors_can_be_sent_between_processes(tmp_path, refusal):
    error = refusal(statestone.load, tmp_path / "missing.stone")
    copy = pickle.loads(pickle.dumps(error))
    assert vars(copy) == vars(error) and str(copy) == str(error)
