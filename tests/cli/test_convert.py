import pathlib

import pytest

from conftest import run

UNSUPPORTED = pathlib.Path(__file__).parents[1] / "data" / "unsupported"


@pytest.fixture
def checkpoint(tmp_path):
    """A file that torch.save wrote, with a tie."""
    import torch

    weight = torch.arange(4096 * 64, dtype=torch.float32).reshape(4096, 64)
    path = tmp_path / "model.pth"
    torch.save({"model": {"a.weight": weight, "b.weight": weight}, "epoch": 3}, path)
    return path


def test_a_file_of_torch_becomes_a_stone_of_the_same_name(checkpoint):
    result = run("convert", checkpoint)
    assert result.status == 0 and result.err == ""
    target = checkpoint.with_suffix(".stone")
    assert result.out.startswith(f"{target}: ") and "2 tensors" in result.out
    assert run("verify", target).status == 0
    index = run("inspect", "--json", target).json
    tensors = {tensor["path"]: tensor for tensor in index["tensors"]}
    assert tensors["model/b.weight"]["tied_to"] == "model/a.weight"


def test_json_sums_up_the_conversion(checkpoint, tmp_path):
    target = tmp_path / "out.stone"
    summary = run("convert", "--json", checkpoint, target).json
    assert set(summary) == {
        "source", "source_kind", "source_bytes", "target", "target_kind", "target_bytes", "tensors",
        "tensor_bytes", "storages", "chunks", "seconds", "skipped", "left_out", "cast", "lost",
    }
    assert summary["source_bytes"] == checkpoint.stat().st_size
    assert summary["target_bytes"] == target.stat().st_size
    assert summary["tensors"] == 2 and summary["skipped"] == []


def test_an_unknown_class_is_refused_or_left_out(tmp_path):
    import fractions
    import torch

    path = tmp_path / "odd.pth"
    torch.save({"weight": torch.ones(3), "odd": fractions.Fraction(1, 3)}, path)
    result = run("convert", "--json", path)
    assert result.status == 1 and result.json["error"]["code"] == "unsafe"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["odd.pth"]
    result = run("convert", "--skip-unknown", path)
    assert result.status == 0 and "left out odd: " in result.out


@pytest.mark.parametrize("name", ["transformer", "conv_net", "hostile", "dtypes", "values", "empty"])
def test_a_stone_file_written_anew_says_the_same(sample, tmp_path, name):
    for options in ((), ("--compression", "none"), ("--chunk-units", "8")):
        copy = tmp_path / "copy.stone"
        result = run("convert", "--force", *options, sample(name), copy)
        assert result.status == 0, result.err
        assert run("digest", copy).out[:64] == run("digest", sample(name)).out[:64]
        assert run("verify", copy).status == 0


def test_a_stone_file_written_anew_keeps_ties_strides_and_models(sample, tmp_path):
    kept = ("path", "dtype", "shape", "strides", "kind", "requires_grad", "tied_to")
    for name in ("transformer", "dtypes"):
        copy = tmp_path / f"{name}.stone"
        assert run("convert", sample(name), copy).status == 0
        before = run("inspect", "--json", sample(name)).json
        after = run("inspect", "--json", copy).json
        assert [{k: t[k] for k in kept} for t in before["tensors"]] == [
            {k: t[k] for k in kept} for t in after["tensors"]
        ]
        assert [e["name"] for e in before["entries"]] == [e["name"] for e in after["entries"]]
        models = [[e["model"]["training"], e["model"]["architecture"], e["model"]["config"]]
                  for index in (before, after) for e in index["entries"] if e["kind"] == "model"]
        assert models[: len(models) // 2] == models[len(models) // 2:]


def test_compression_none_lets_every_tensor_lie_raw(sample, tmp_path):
    copy = tmp_path / "raw.stone"
    assert run("convert", "--compression", "none", sample("transformer"), copy).status == 0
    tensor = run("inspect", "--json", copy, "model/wte.weight").json["tensor"]
    assert tensor["coding"] == "raw" and tensor["stored_bytes"] == tensor["bytes"]


def test_the_number_of_threads_does_not_change_a_byte(sample, tmp_path):
    contents = set()
    for threads in (1, 2, 5):
        copy = tmp_path / f"{threads}.stone"
        assert run("convert", "--threads", threads, sample("transformer"), copy).status == 0
        contents.add(copy.read_bytes())
    assert len(contents) == 1


def test_a_file_is_replaced_only_with_force(sample, tmp_path):
    target = tmp_path / "old.stone"
    target.write_text("mine")
    result = run("convert", "--json", sample("values"), target)
    assert result.status == 2 and "--force" in result.json["error"]["advice"]
    assert target.read_text() == "mine"
    assert run("convert", "--force", sample("values"), target).status == 0


def test_onto_itself_is_refused_even_with_force(sample, tmp_path):
    path = tmp_path / "run.stone"
    path.write_bytes(sample("values").read_bytes())
    link = tmp_path / "link.stone"
    link.symlink_to(path)
    before = path.read_bytes()
    for target in ([], [path], [link]):
        result = run("convert", "--force", path, *target)
        assert result.status == 2 and "the same file" in result.err
    assert path.read_bytes() == before


def test_the_kind_of_a_file_follows_from_its_bytes(sample, checkpoint, tmp_path):
    misnamed = tmp_path / "misnamed.pth"
    misnamed.write_bytes(sample("values").read_bytes())
    assert run("convert", "--json", misnamed).json["source_kind"] == "stone"
    wrong = tmp_path / "wrong.stone"
    checkpoint.rename(wrong)
    result = run("inspect", "--json", wrong)
    assert result.status == 2 and result.json["error"]["code"] == "not_statestone"
    assert run("convert", wrong, tmp_path / "right.stone").status == 0


def test_a_file_of_another_kind_is_refused(tmp_path):
    text = tmp_path / "notes.pth"
    text.write_text("just text, no checkpoint")
    result = run("convert", "--json", text)
    assert result.status == 2 and result.json["error"]["code"] == "unsupported"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["notes.pth"]


def test_damage_ends_a_conversion_without_a_file(damaged, tmp_path):
    result = run("convert", "--json", damaged, tmp_path / "new.stone")
    assert result.status == 1 and result.json["error"]["code"] == "corrupt"
    assert result.json["error"]["path"] == str(damaged)
    assert result.json["error"]["entry"] == "model/wte.weight"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["damaged.stone"]


def test_what_a_copy_would_lose_is_refused(tmp_path):
    for name in ("write_feature", "entry_kind_3", "value_kind_23", "foreign_dtype_200"):
        result = run("convert", "--json", UNSUPPORTED / f"{name}.stone", tmp_path / "new.stone")
        assert result.status == 2, name
        assert result.json["error"]["code"] == "unsupported", name
        assert "a copy would " in result.err, name
    assert list(tmp_path.iterdir()) == []


def test_a_target_that_cannot_be_written_is_status_2(sample, tmp_path):
    result = run("convert", sample("values"), tmp_path / "missing" / "new.stone")
    assert result.status == 2 and "No such file" in result.err
