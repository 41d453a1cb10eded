"""Files that Statestone writes for NumPy, read by NumPy and by zip programs."""

import os
import pathlib
import subprocess
import zipfile

import numpy as np
import torch

PROGRAM = os.environ["STATESTONE_CONVERT_PROGRAM"]
FILES = pathlib.Path(os.environ["STATESTONE_NUMPY_FILES"])


def convert(source, target, kind, *options):
    return subprocess.run([PROGRAM, source, target, kind, *options], capture_output=True, text=True)


def same_bits(a, b):
    return a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes()


def test_numpy_reads_the_archive_bit_for_bit(tmp_path):
    for source in ["stored.npz", "deflated.npz", "nothing.npz"]:
        assert convert(FILES / source, tmp_path / "a.stone", "stone").returncode == 0
        for original in [FILES / source, tmp_path / "a.stone"]:
            done = convert(original, tmp_path / "a.npz", "npz")
            assert (done.returncode, done.stdout) == (0, ""), done.stderr
            with np.load(FILES / source) as wanted, np.load(tmp_path / "a.npz") as made:
                assert list(made) == list(wanted)
                for name in wanted:
                    assert same_bits(made[name], wanted[name]), name
                    assert made[name].flags.f_contiguous == wanted[name].flags.f_contiguous


def test_numpy_reads_every_array_bit_for_bit(tmp_path):
    compared = 0
    for source in sorted(FILES.glob("*.npy")):
        if convert(source, tmp_path / "a.stone", "stone").returncode != 0:
            continue
        done = convert(tmp_path / "a.stone", tmp_path / "a.npy", "npy", "lossy")
        assert done.returncode == 0, done.stderr
        wanted, made = np.load(source), np.load(tmp_path / "a.npy")
        if wanted.dtype.kind == "V":
            wanted = wanted.view(f"u{wanted.dtype.itemsize}")
            assert "its dtype bits" in done.stdout
        else:
            assert done.stdout == ""
        assert same_bits(made, wanted), source
        compared += 1
    assert compared >= 25


def test_elements_start_at_multiples_of_64_and_sums_are_right(tmp_path):
    assert convert(FILES / "stored.npz", tmp_path / "a.npz", "npz").returncode == 0
    data = (tmp_path / "a.npz").read_bytes()
    with zipfile.ZipFile(tmp_path / "a.npz") as archive:
        assert archive.testzip() is None
        for member in archive.infolist():
            start = member.header_offset
            name, extra = (int.from_bytes(data[start + at : start + at + 2], "little")
                           for at in (26, 28))
            assert (start + 30 + name + extra) % 64 == 0
            assert member.compress_type == zipfile.ZIP_STORED


def test_the_same_checkpoint_gives_the_same_bytes(tmp_path):
    for target in ["a.npz", "b.npz"]:
        assert convert(FILES / "stored.npz", tmp_path / target, "npz").returncode == 0
    assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "b.npz").read_bytes()


def test_what_does_not_fit_is_listed_and_refused_without_lossy(tmp_path):
    base = torch.arange(12, dtype=torch.float32)
    state = {"model": {"w": base.view(3, 4), "tied": base[4:8],
                       "half": torch.ones(3, dtype=torch.bfloat16),
                       "swapped": torch.arange(24.0).view(2, 3, 4).permute(1, 0, 2)},
             "epoch": 3}
    torch.save(state, tmp_path / "run.pt")
    done = convert(tmp_path / "run.pt", tmp_path / "run.npz", "npz")
    assert done.returncode == 1 and done.stderr.startswith("unrepresentable"), done.stderr
    assert "lossy" in done.stderr and not (tmp_path / "run.npz").exists()
    done = convert(tmp_path / "run.pt", tmp_path / "run.npz", "npz", "lossy")
    assert done.stdout.splitlines() == [
        "epoch: a value of kind int64",
        "model/half: its dtype bfloat16: its bits are written as <u2",
        "model/swapped: its strides: written in row-major order",
        "model/tied: its tie to model/w: written as a copy"]
    with np.load(tmp_path / "run.npz") as made:
        assert sorted(made) == sorted(f"model/{name}" for name in state["model"])
        assert same_bits(made["model/half"], np.full(3, 0x3F80, np.uint16))
        assert same_bits(made["model/tied"], base[4:8].numpy())
        assert same_bits(made["model/swapped"],
                         np.ascontiguousarray(state["model"]["swapped"].numpy()))


def test_one_array_takes_one_tensor(tmp_path):
    done = convert(FILES / "stored.npz", tmp_path / "a.npy", "npy", "lossy")
    assert done.returncode == 1 and "holds one array" in done.stderr
    assert not (tmp_path / "a.npy").exists()
