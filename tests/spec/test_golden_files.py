"""The golden files are what the library writes today, and say what they always said.

Needs the library's test programs: STATESTONE_BUILD_GOOD and STATESTONE_DUMP name them.
"""

import json
import os
import pathlib
import subprocess

import pytest
from comparison import said_by_library
from reader.container import open_file

BUILD_GOOD = os.environ["STATESTONE_BUILD_GOOD"]
DUMP = os.environ["STATESTONE_DUMP"]
GOOD = pathlib.Path(__file__).resolve().parent.parent / "data" / "good"
#: content digests of all golden files, as first written
DIGESTS = json.loads((GOOD / "digests.json").read_text())


@pytest.fixture(scope="module", name="fresh")
def fresh_files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("good")
    subprocess.run([BUILD_GOOD, folder, "--raw"], check=True)
    return folder


def test_every_golden_file_has_its_digest_on_record():
    assert sorted(DIGESTS) == sorted(file.name for file in GOOD.glob("*.stone"))


@pytest.mark.parametrize("name", sorted(DIGESTS))
def test_a_golden_file_still_says_what_it_said(name):
    code, said = said_by_library(DUMP, GOOD / name)
    assert code == 0
    assert said["digest"] == DIGESTS[name]


def test_the_raw_golden_files_are_written_the_same_byte_for_byte(fresh):
    names = sorted(file.name for file in fresh.glob("*.stone"))
    assert len(names) >= 11
    for name in names:
        assert (fresh / name).read_bytes() == (GOOD / name).read_bytes(), name


def test_the_folder_says_what_each_file_is_for(fresh):
    assert (fresh / "README.md").read_text() == (GOOD / "README.md").read_text()


@pytest.mark.parametrize("name, coding", [("coded_chunks.stone", 1), ("coded_planes.stone", 0),
                                          ("coded_names_of_layers.stone", 1), ("chunks.stone", 0)])
def test_there_are_golden_files_with_and_without_a_coded_index(name, coding):
    assert open_file((GOOD / name).read_bytes()).tail.coding == coding


@pytest.mark.parametrize("coded, raw", [("coded_chunks.stone", "chunks.stone"),
                                        ("coded_attachments.stone", "attachments.stone"),
                                        ("coded_planes.stone", "planes.stone"),
                                        ("coded_names_of_layers.stone", "names_of_layers.stone")])
def test_a_coded_file_has_the_digest_of_its_raw_twin(coded, raw):
    assert DIGESTS[coded] == DIGESTS[raw]
    assert (GOOD / coded).stat().st_size < (GOOD / raw).stat().st_size
