"""Published weights, converted as a user converts them, against what torch.load reads in them.

Both readers are held to it: the library, through the program, and the independent one in
spec/reader.
"""

import os
import subprocess
import sys
from pathlib import Path

import numpy
import pytest
import torch

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "spec"))

from reader.container import open_file  # noqa: E402
from reader.digest import content_digest  # noqa: E402
from reader.paths import references  # noqa: E402
from reader.storage_reader import StorageReader  # noqa: E402
from reader.verify import verify  # noqa: E402

PROGRAM = os.environ["STATESTONE_PROGRAM"]
MODELS = Path(os.environ["STATESTONE_MODELS"])


def published():
    lines = (ROOT / "tools" / "models.txt").read_text().splitlines()
    names = [line.split()[1] for line in lines if line and not line.startswith("#")]
    return [name for name in names if name.endswith((".pt", ".pth"))]


def statestone(*arguments):
    done = subprocess.run([PROGRAM, *map(str, arguments)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def element_bytes(tensor):
    """The elements in row-major order, bit for bit: -0.0 and NaN differ from what equals them."""
    return tensor.contiguous().reshape(-1).view(torch.uint8).numpy().tobytes()


class Converted:
    """One published file: what torch loads, and the .stone file made of it."""

    def __init__(self, name, folder):
        self.published = MODELS / name
        self.state = torch.load(self.published, weights_only=True)
        self.stone = folder / "converted.stone"
        statestone("convert", self.published, self.stone)
        self.data = self.stone.read_bytes()
        self.index = open_file(self.data).index


@pytest.fixture(scope="module", params=published())
def converted(request, tmp_path_factory):
    return Converted(request.param, tmp_path_factory.mktemp("published"))


def test_there_are_published_files_to_convert():
    assert {"full.pth", "tiny.pth", "onet.pt", "pnet.pt", "rnet.pt"} <= set(published())


def test_has_the_names_of_the_state_dict_in_its_order(converted):
    names = list(converted.state)
    assert all(isinstance(tensor, torch.Tensor) for tensor in converted.state.values())
    lines = statestone("inspect", converted.stone).splitlines()
    assert sorted(line.split("\t")[0] for line in lines) == sorted(names)
    assert [reference.path for reference in references(converted.index)] == names


def test_the_library_reads_the_elements_that_torch_reads(converted, tmp_path):
    for name, tensor in converted.state.items():
        statestone("extract", "--force", converted.stone, name, "-o", tmp_path / "tensor.npy")
        array = numpy.load(tmp_path / "tensor.npy")
        assert array.dtype == tensor.numpy().dtype, name
        assert array.shape == tuple(tensor.shape), name
        assert array.tobytes() == element_bytes(tensor), name


def test_the_independent_reader_reads_the_elements_that_torch_reads(converted):
    reader = StorageReader(converted.data, converted.index)
    for reference in references(converted.index):
        found = converted.index.tensor(reference.tensor)
        tensor = converted.state[reference.path]
        assert found.dtype_name == str(tensor.dtype).removeprefix("torch."), reference.path
        assert found.dims == tuple(tensor.shape), reference.path
        assert found.strides == tensor.stride(), reference.path
        assert reader.elements(found).tobytes() == element_bytes(tensor), reference.path


def test_both_readers_find_no_fault_and_the_same_digest(converted):
    statestone("verify", converted.stone)
    verify(converted.data)
    digest = content_digest(converted.index, StorageReader(converted.data, converted.index))
    assert statestone("digest", converted.stone).split()[0] == digest


def test_is_smaller_than_what_was_published(converted):
    assert converted.stone.stat().st_size < converted.published.stat().st_size
