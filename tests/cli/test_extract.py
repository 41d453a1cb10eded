import io
import json
import os
import subprocess

import numpy
import pytest

from conftest import environment, run, run_in_terminal, PROGRAM

NATIVE = {
    "bool": "?", "uint8": "u1", "int8": "i1", "uint16": "<u2", "int16": "<i2", "uint32": "<u4",
    "int32": "<i4", "uint64": "<u8", "int64": "<i8", "float16": "<f2", "float32": "<f4",
    "float64": "<f8", "complex64": "<c8", "complex128": "<c16",
}
AS_BYTES = ["float8_e4m3fn", "float8_e5m2", "float8_e4m3fnuz", "float8_e5m2fnuz", "float8_e8m0fnu",
            "float4_e2m1fn_x2", "bits8", "bits1x8", "bits2x4", "bits4x2",
            *(f"{sign}int{bits}" for sign in ("", "u") for bits in range(1, 8))]


def numbered(dtype, shape):
    """The elements that the sample's tensors have."""
    dtype = numpy.dtype(dtype)
    count = int(numpy.prod(shape)) * dtype.itemsize
    numbers = numpy.arange(count, dtype=numpy.uint64)
    numbers = numbers & 1 if dtype == numpy.bool_ else (numbers * 37 + 11) & 0xFF
    return numbers.astype(numpy.uint8).view(dtype).reshape(shape)


def extract(sample, tmp_path, name, *options):
    target = tmp_path / "out.npy"
    result = run("extract", sample("dtypes"), f"all/{name}", "-o", target, *options)
    assert result.status == 0, result.err
    return numpy.load(target), result


def same_bits(a, b):
    return a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes()


@pytest.mark.parametrize("name", NATIVE)
def test_numpy_reads_every_dtype_that_it_has(sample, tmp_path, name):
    array, result = extract(sample, tmp_path, name)
    assert same_bits(array, numbered(NATIVE[name], (3, 5)))
    assert result.out == "" and result.err == ""


@pytest.mark.parametrize("name", AS_BYTES)
def test_other_dtypes_of_a_byte_come_as_their_bits_with_a_note(sample, tmp_path, name):
    array, result = extract(sample, tmp_path, name)
    assert same_bits(array, numbered("u1", (3, 5)))
    assert result.err == f"statestone: NumPy has no {name}: the file holds its bits as uint8\n"


def test_bfloat16_comes_as_its_bits_with_a_note(sample, tmp_path):
    array, result = extract(sample, tmp_path, "bfloat16", "--json")
    assert same_bits(array, numbered("<u2", (3, 5)))
    assert result.json["bits_only"] and result.json["dtype"] == "bfloat16"
    assert result.json["note"] in result.err
    assert extract(sample, tmp_path, "bits16", "--force")[0].dtype == numpy.uint16


def test_complex32_comes_with_one_more_dimension(sample, tmp_path):
    array, result = extract(sample, tmp_path, "complex32", "--json")
    assert same_bits(array, numbered("<u2", (3, 5, 2)))
    assert result.json["shape"] == [3, 5, 2] and "last dimension of 2" in result.json["note"]


def test_scalars_empty_tensors_and_rows_keep_their_shapes(sample, tmp_path):
    assert same_bits(extract(sample, tmp_path, "scalar")[0], numbered("<f4", ()))
    assert extract(sample, tmp_path, "empty", "--force")[0].shape == (0, 3)
    assert same_bits(extract(sample, tmp_path, "row", "--force")[0], numbered("<i4", (7,)))


def test_strided_tensors_come_row_by_row(sample, tmp_path):
    array = extract(sample, tmp_path, "transposed")[0]
    assert same_bits(array, numpy.ascontiguousarray(numbered("<i4", (4, 6)).T))


def test_tensors_larger_than_a_piece_are_whole(sample, tmp_path):
    assert same_bits(extract(sample, tmp_path, "large")[0], numbered("<f4", (3, 1000, 1000)))
    array = extract(sample, tmp_path, "large_transposed", "--force")[0]
    assert same_bits(array, numpy.ascontiguousarray(numbered("<f4", (1000, 3000)).T))


def test_json_says_what_was_written(sample, tmp_path):
    result = extract(sample, tmp_path, "float32", "--json")[1]
    assert result.json == {
        "path": str(sample("dtypes")), "output": str(tmp_path / "out.npy"),
        "entry": "all/float32", "kind": "tensor", "bytes": 60, "dtype": "float32",
        "npy_descriptor": "<f4", "shape": [3, 5], "bits_only": False, "note": None,
    }


def test_attachments_come_as_they_are(sample, tmp_path):
    target = tmp_path / "tokenizer.json"
    result = run("extract", "--json", sample("transformer"), "tokenizer.json", "-o", target)
    assert json.loads(target.read_text()) == {"vocabulary": ["a", "b", "c"]}
    assert result.json["kind"] == "attachment"
    assert result.json["media_type"] == "application/json"


def test_flatc_prints_the_index(sample, tmp_path):
    target = tmp_path / "index.stoneindex"
    assert run("extract", sample("transformer"), "--index", "-o", target).status == 0
    command = [os.environ["STATESTONE_FLATC"], "--json", "--raw-binary", "--strict-json",
               os.environ["STATESTONE_SCHEMA"], "--", str(target)]
    subprocess.run(command, cwd=tmp_path, check=True)
    index = json.loads((tmp_path / "index.json").read_text())
    assert [entry["name"] for entry in index["entries"]] == [
        "model", "optimizer", "epoch", "loss", "config", "rng", "tokenizer.json",
    ]
    assert len(index["tensors"]) == 294 + 36


def test_a_dash_is_standard_output(sample):
    command = [PROGRAM, "extract", str(sample("dtypes")), "all/int64", "-o", "-"]
    done = subprocess.run(command, capture_output=True, env=environment(), check=True)
    assert same_bits(numpy.load(io.BytesIO(done.stdout)), numbered("<i8", (3, 5)))


def test_raw_bytes_never_go_to_a_terminal(sample):
    status, text = run_in_terminal("extract", sample("dtypes"), "all/int64", "-o", "-")
    assert status == 2 and "it is a terminal" in text and "NUMPY" not in text


def test_a_file_is_replaced_only_with_force(sample, tmp_path):
    target = tmp_path / "out.npy"
    target.write_text("mine")
    arguments = ("extract", sample("dtypes"), "all/int64", "-o", target)
    result = run(*arguments)
    assert result.status == 2 and "--force" in result.err and target.read_text() == "mine"
    assert run(*arguments, "--force").status == 0
    assert same_bits(numpy.load(target), numbered("<i8", (3, 5)))


def test_a_damaged_tensor_leaves_no_file(damaged, tmp_path):
    target = tmp_path / "out.npy"
    result = run("extract", "--json", damaged, "model/wte.weight", "-o", target)
    assert result.status == 1
    assert result.json["error"]["code"] == "corrupt"
    assert result.json["error"]["entry"] == "model/wte.weight"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["damaged.stone"]


def test_what_is_no_tensor_is_refused(sample, tmp_path):
    for path, status, text in (("config", 2, "neither a tensor nor an attachment"),
                               ("model/nothing", 1, "no tensor or attachment has this path")):
        result = run("extract", sample("transformer"), path, "-o", tmp_path / "out")
        assert result.status == status and text in result.err
    assert list(tmp_path.iterdir()) == []


def test_wrong_usage_is_told_apart(sample, tmp_path):
    out = tmp_path / "out"
    assert "--index" in run("extract", sample("dtypes"), "-o", out).err
    result = run("extract", "--json", sample("dtypes"), "all/bool", "-o", "-")
    assert result.status == 2 and "both want standard output" in result.json["error"]["problem"]
    assert run("extract", sample("dtypes"), "all/bool", "--index", "-o", out).status == 2
