"""Archives beyond 32 and 16 bits, read by Python's zipfile and by torch."""

import json
import os
import struct
import subprocess
import zipfile

import pytest
import torch

from export_files import export


@pytest.fixture(scope="module")
def archives(tmp_path_factory):
    folder = tmp_path_factory.mktemp("archives")
    subprocess.run([os.environ["STATESTONE_WRITE_ZIP64"], str(folder)], check=True, timeout=500)
    return folder


def counting(size, seed):
    return bytes((ord(seed) + i) % 256 for i in range(size))


def test_archives_of_wide_fields_are_read_by_zipfile(archives):
    with zipfile.ZipFile(archives / "wide.zip") as wide:
        sizes = [int(name.split("/")[1]) for name in wide.namelist()]
        assert sizes == [0, 1, 999, 1000, 1001, 100000, 0, 5]
        for entry, size in zip(wide.infolist(), sizes):
            assert entry.file_size == entry.compress_size == size, entry
            assert wide.read(entry) == counting(size, "a"), entry
            wide_fields = entry.extra[:2] == b"\x01\x00"
            assert wide_fields == (size >= 1000 or entry.header_offset >= 1000), entry
    with zipfile.ZipFile(archives / "far.zip") as far:
        assert far.testzip() is None
        assert far.read("before") == counting(100, "a")
        assert far.read("across") == counting(5000, "b")
        assert far.read("behind") == counting(70000, "c")
        assert far.getinfo("behind").header_offset > 2**32
        assert far.start_dir > 2**32
    assert os.stat(archives / "far.zip").st_blocks * 512 < 2**24, "no hole was left"


def test_archives_of_many_members_are_read_by_zipfile(archives):
    for name, count in (("many", 70000), ("65534", 65534), ("65535", 65535)):
        with zipfile.ZipFile(archives / f"{name}.zip") as many:
            assert many.namelist() == [f"m{i}" for i in range(count)]
            for i in (*range(0, count, 997), count - 1):
                assert many.read(f"m{i}") == b"%d" % i


def test_a_checkpoint_of_more_tensors_than_sixteen_bits_count_is_read_by_torch(tmp_path):
    """By its reader of archives: rebuilding so many tensors takes torch.load minutes."""
    count = 66000
    numbers = [struct.pack("<ii", i, -i) for i in range(count)]
    header = {
        f"t{i:05}": {"dtype": "I32", "shape": [2], "data_offsets": [8 * i, 8 * i + 8]}
        for i in range(count)
    }
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    source = struct.pack("<Q", len(text)) + text + b"".join(numbers)
    (tmp_path / "a.safetensors").write_bytes(source)
    assert export(tmp_path / "a.safetensors", tmp_path / "b.pt", "pt")["lost"] == []
    reader = torch._C.PyTorchFileReader(str(tmp_path / "b.pt"))
    records = set(reader.get_all_records())
    assert {f"data/{i}" for i in range(count)} <= records
    for i in (*range(0, count, 997), count - 1):
        assert reader.get_record(f"data/{i}") == numbers[i]
    assert export(tmp_path / "b.pt", tmp_path / "c.safetensors", "safetensors")["lost"] == []
    assert (tmp_path / "c.safetensors").read_bytes() == source
