import fcntl
import hashlib
import json
import shutil
import subprocess

import pytest
from conftest import PROGRAM, run


@pytest.fixture
def model(sample, tmp_path):
    """A file of named entries that may be changed."""
    file = shutil.copy(sample("conv_net"), tmp_path / "model.stone")
    if first_entry(file) == "":
        assert run("rename", file, "", "model").status == 0
        assert run("compact", file).status == 0
    return file


def paths(file):
    return [t["path"] for t in run("inspect", "--json", file).json["tensors"]]


def first_entry(file):
    return run("inspect", "--json", file).json["entries"][0]["name"]


def test_append_sets_values_and_says_how_much_the_file_grew(model):
    before = model.stat().st_size
    result = run("append", model, "--set", "epoch=12", "--set", 'config={"width": 128, "relu": true}')
    assert result.status == 0, result.err
    grown = model.stat().st_size - before
    assert 0 < grown < 16384
    assert result.out.startswith(f"{model}: generation 2, ")
    assert "0 of " in result.out and "chunks written" in result.out
    shown = run("inspect", model).out
    assert "epoch" in shown and "12" in shown and "128" in shown
    assert run("verify", model).status == 0


def test_append_adds_another_checkpoint_under_a_name(model, sample):
    result = run("append", "--json", model, sample("transformer"), "--as", "ema")
    assert result.status == 0, result.err
    assert result.json["generation"] == 2 and result.json["chunks_written"] > 0
    again = run("append", "--json", model, sample("transformer"), "--as", "ema")
    assert again.json["generation"] == 3 and again.json["chunks_written"] == 0
    assert again.json["added_bytes"] < 65536


def test_append_to_a_file_that_is_one_dict_asks_for_its_name(sample, tmp_path):
    file = shutil.copy(sample("conv_net"), tmp_path / "root.stone")
    before = file.read_bytes()
    result = run("append", file, "--set", "epoch=1")
    assert result.status == 2 and "--root-as model" in result.err
    assert file.read_bytes() == before
    assert run("append", file, "--root-as", "model", "--set", "epoch=1").status == 0
    assert [e["name"] for e in run("inspect", "--json", file).json["entries"]] == ["model", "epoch"]


def test_append_attaches_and_removes(model, tmp_path):
    (tmp_path / "tokenizer.json").write_text("{}")
    assert run("append", model, "--attach", f"tokenizer={tmp_path / 'tokenizer.json'}").status == 0
    assert run("extract", model, "tokenizer", "-o", "-").out == "{}"
    assert run("append", model, "--remove", "tokenizer").status == 0
    assert run("extract", model, "tokenizer", "-o", "-").status == 1


def test_append_without_anything_to_add_is_wrong_usage(model):
    before = model.read_bytes()
    result = run("append", model)
    assert result.status == 2 and "nothing to append" in result.err
    assert model.read_bytes() == before


def test_append_of_what_is_not_there_leaves_the_file(model):
    before = model.read_bytes()
    for arguments in (["--remove", "optimizer"], ["--attach", "a=/nowhere"], ["nowhere.pt"],
                      ["--set", "=1"]):
        assert run("append", model, *arguments).status in (1, 2)
        assert model.read_bytes() == before


def test_append_to_a_file_that_is_being_appended_to_waits_or_says_so(model):
    with open(model, "r+b") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        result = run("append", model, "--set", "a=1", "--no-wait")
        assert result.status == 2 and "another program is changing the file" in result.err
        waiting = subprocess.Popen([PROGRAM, "append", model, "--set", "a=1"],
                                   stdout=subprocess.DEVNULL)
        with pytest.raises(subprocess.TimeoutExpired):
            waiting.wait(0.3)
    assert waiting.wait(60) == 0


def test_append_that_waits_says_for_what(model):
    with open(model, "r+b") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        waiting = subprocess.Popen([PROGRAM, "append", model, "--set", "a=1"],
                                   stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        said = waiting.stderr.readline().decode()
    assert said == f"statestone: waiting for another process that writes {model}\n"
    assert waiting.communicate(timeout=500)[1] == b"" and waiting.returncode == 0


def test_append_that_is_not_made_to_wait_is_silent(model):
    assert run("append", model, "--set", "a=1").err == ""


def test_a_name_for_a_source_that_is_not_given_is_wrong_usage(model):
    before = model.read_bytes()
    result = run("append", model, "--as", "ema", "--set", "a=1")
    assert result.status == 2 and "--as requires SRC" in result.err
    assert model.read_bytes() == before


def noise(size):
    """Bytes that do not shrink, the same each time."""
    return b"".join(hashlib.sha256(i.to_bytes(4, "little")).digest() for i in range(size // 32))


def test_the_same_safetensors_file_again_grows_the_file_by_its_index_alone(model, tmp_path):
    import numpy
    from safetensors.numpy import save_file

    weights = {name: numpy.frombuffer(noise(3 << 20), dtype=numpy.uint8) ^ i
               for i, name in enumerate(["a", "b"])}
    source = tmp_path / "ema.safetensors"
    save_file(weights, source)
    first = run("append", "--json", model, source).json
    again = run("append", "--json", model, source).json
    assert first["added_bytes"] > 6 << 20 and first["chunks_written"] > 20
    assert again["chunks_written"] == 0 and again["added_bytes"] < 16384
    weights["b"] = weights["b"].copy()
    weights["b"][2 << 20] ^= 1
    save_file(weights, source)
    changed = run("append", "--json", model, source).json
    assert 3 << 20 < changed["added_bytes"] < (3 << 20) + 16384
    assert run("verify", model).status == 0


def test_the_same_attachment_again_is_not_written(model, tmp_path):
    file = tmp_path / "data.bin"
    file.write_bytes(noise(3 << 20))
    assert run("append", model, "--attach", f"data={file}").status == 0
    again = run("append", "--json", model, "--attach", f"data={file}").json
    assert again["chunks_written"] == 0 and again["added_bytes"] < 16384
    run("extract", model, "data", "-o", tmp_path / "out.bin")
    assert (tmp_path / "out.bin").read_bytes() == file.read_bytes()


def test_two_programs_that_append_at_once_both_succeed(model):
    running = [subprocess.Popen([PROGRAM, "append", model, "--set", f"v{i}={i}"],
                                stdout=subprocess.DEVNULL) for i in range(6)]
    assert [process.wait(60) for process in running] == [0] * 6
    log = run("log", "--json", model).json["generations"]
    assert [g["generation"] for g in log] == [7, 6, 5, 4, 3, 2, 1]
    assert sorted(g["entries_added"][0] for g in log[:-1]) == [f"v{i}" for i in range(6)]


def test_append_to_a_read_only_file_says_so(model, tmp_path):
    read_only = tmp_path / "nothing_to_write"
    read_only.mkdir()
    result = run("append", read_only, "--set", "a=1")
    assert result.status == 2 and "directory" in result.err.lower()


def test_rename_of_a_tensor_and_of_a_prefix(model):
    before = paths(model)
    old = before[0]
    start, name = old.rsplit("/", 1) if "/" in old else ("", old)
    new = (start + "/" if start else "") + "renamed." + name
    result = run("rename", model, old, new)
    assert result.status == 0, result.err
    assert sorted(paths(model)) == sorted([new, *before[1:]])
    prefix = (start + "/" if start else "") + "renamed."
    dry = run("rename", model, "--prefix", prefix, prefix[:-8] + "back.", "--dry-run")
    assert dry.out == f"{new} -> {prefix[:-8]}back.{name}\n"
    assert run("log", model).out.count(", by statestone") == 2
    assert run("rename", model, "--prefix", prefix, prefix[:-8] + "back.").status == 0
    assert f"{prefix[:-8]}back.{name}" in paths(model)


def test_rename_to_the_same_name_changes_nothing(model):
    before = model.read_bytes()
    tensor = paths(model)[0]
    for arguments in ([tensor, tensor], ["model", "model"], ["--prefix", "model/", "model/"]):
        result = run("rename", model, *arguments)
        assert result.status == 0
        assert result.out == f"{model}: there is nothing to rename, generation 1 stays\n"
        assert model.read_bytes() == before
    assert run("rename", "--json", model, "model", "model").json["added_bytes"] == 0
    assert run("rename", model, "nowhere", "nowhere").status == 1


def test_rename_into_another_place_is_refused(model):
    result = run("rename", model, paths(model)[0], "elsewhere/x")
    assert result.status == 2 and "stays in its model or dict" in result.err


def test_rename_of_what_is_not_there_says_where_to_look(model):
    result = run("rename", model, "nowhere", "there")
    assert result.status == 1 and "`statestone inspect` lists" in result.err


def test_log_shows_what_changed_newest_first(model):
    old = paths(model)[0]
    assert run("append", model, "--set", "epoch=1").status == 0
    assert run("append", model, "--set", "epoch=2").status == 0
    new = old.rsplit("/", 1)[0] + "/zzz" if "/" in old else "zzz"
    assert run("rename", model, old, new).status == 0
    out = run("log", model).out.splitlines()
    assert [line.split()[1] for line in out if line.startswith("generation")] == list("4321")
    assert f"  > tensor {old} -> {new}" in out
    assert "  ~ entry epoch" in out and "  + entry epoch" in out
    only = run("log", "--json", "--generation", "3", model).json["generations"]
    assert len(only) == 1 and only[0]["entries_changed"] == ["epoch"]


def test_log_says_how_to_open_an_older_generation_and_that_works(model, tmp_path):
    old = run("digest", model).out[:64]
    assert "--generation" not in run("log", model).out  # there is none
    assert run("append", model, "--set", "epoch=1").status == 0
    assert run("append", model, "--remove", "model").status == 0
    assert run("log", model).out.splitlines()[-1] == (
        "`--generation N` of inspect, extract, digest and compact opens an older one")
    assert run("digest", "--generation", "1", model).out[:64] == old
    assert "epoch" not in run("inspect", "--generation", "1", model).out
    tensor = run("inspect", "--json", "--generation", "2", model).json["tensors"][0]["path"]
    for generation, status in ((2, 0), (3, 1), (4, 1)):
        assert run("extract", model, tensor, "--generation", generation, "-f", "-o",
                   tmp_path / "t.npy").status == status
    assert run("compact", model, tmp_path / "old.stone", "--generation", "1").status == 0
    assert run("digest", tmp_path / "old.stone").out[:64] == old
    assert run("compact", model, "--generation", "1").status == 2


def test_recover_says_what_is_whole_and_truncates_only_when_asked(model, tmp_path):
    whole = model.read_bytes()
    result = run("recover", model)
    assert result.status == 0
    assert result.out == f"{model}: whole, generation 1; `statestone verify` reads all of it\n"
    assert run("append", model, "--set", "note=" + "x" * 5000).status == 0
    cut = model.read_bytes()[:-100]
    model.write_bytes(cut)
    assert run("verify", model).status == 1
    result = run("recover", "--json", model)
    assert result.status == 1
    assert result.json == {
        "path": str(model), "whole": False, "generation": 1, "bytes": len(cut),
        "complete_bytes": len(whole), "truncated": False,
    }
    assert model.read_bytes() == cut
    copy = tmp_path / "copy.stone"
    assert run("recover", model, "--output", copy).status == 0
    assert run("verify", copy).status == 0 and model.read_bytes() == cut
    result = run("recover", model, "--truncate")
    assert result.status == 0 and "were cut off" in result.out
    assert model.read_bytes() == whole


def test_recover_of_a_file_with_nothing_whole_says_no(model):
    model.write_bytes(model.read_bytes()[:200])
    result = run("recover", model, "--truncate")
    assert result.status == 1 and "no generation in the file is complete" in result.err
    assert model.stat().st_size == 200


def test_compact_leaves_the_last_generation_and_the_digest(model, tmp_path):
    for epoch in range(3):
        assert run("append", model, "--set", f"epoch={epoch}").status == 0
    digest = run("digest", model).out[:64]
    before = model.stat().st_size
    elsewhere = tmp_path / "compact.stone"
    assert run("compact", model, elsewhere).status == 0
    assert model.stat().st_size == before
    result = run("compact", "--json", model)
    assert result.status == 0 and result.json["bytes_before"] == before
    assert run("log", model).out.count("generation") == 1
    assert run("digest", model).out[:64] == digest
    assert elsewhere.read_bytes() == model.read_bytes()


def test_compact_to_another_file_waits_for_an_append(model, tmp_path):
    with open(model, "r+b") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        result = run("compact", model, tmp_path / "a.stone", "--no-wait")
        assert result.status == 2 and "another program is changing the file" in result.err
    with open(model, "rb") as held:
        fcntl.flock(held, fcntl.LOCK_SH)
        assert run("compact", model, tmp_path / "a.stone", "--no-wait").status == 0
        assert run("append", model, "--set", "a=1", "--no-wait").status == 2


def test_plain_values_are_json_or_text(model):
    values = {"a": "12", "b": "12.0", "c": '"12"', "d": "twelve", "e": "[1, null]", "f": "-3"}
    for name, text in values.items():
        assert run("append", model, "--set", f"{name}={text}").status == 0
    entries = run("inspect", "--json", model).json["entries"]
    kinds = {e["name"]: e["value"]["kind"] for e in entries if e["name"] in values}
    assert kinds == {"a": "int64", "b": "float64", "c": "string", "d": "string", "e": "list",
                     "f": "int64"}
