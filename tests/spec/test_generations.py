"""Earlier generations and recovering, by the reader that was written from the text.

The file is one that the library appended to; what the library says of its generations is in the
library's own tests.
"""

import pathlib

import pytest
import samples
from reader.container import open_file
from reader.digest import content_digest
from reader.dump import Dump
from reader.generations import generation_of, last_complete
from reader.storage_reader import StorageReader
from reader.verdict import Refused
from reader.verify import verify
from stone_builder import Stone, attachment, entry, tail_bytes, text

GOOD = pathlib.Path(__file__).resolve().parent.parent / "data" / "good"
FILE = (GOOD / "generations.stone").read_bytes()
ENDS = [len(generation_of(FILE, number)) for number in (1, 2, 3)]


def entries(file):
    return [entry.name.decode() for entry in open_file(file).index.entries]


def test_each_generation_is_a_file_of_its_own():
    assert ENDS == sorted(ENDS) and ENDS[-1] == len(FILE)
    for number, end in enumerate(ENDS, 1):
        report = verify(FILE[:end])
        assert report.generations == number
    assert entries(FILE[:ENDS[0]]) == ["generator", "critic"]
    assert entries(FILE[:ENDS[1]]) == ["generator", "best", "epoch"]
    assert entries(FILE) == ["generator", "best", "epoch"]


def test_the_first_generation_is_the_file_that_was_appended_to():
    models = (GOOD / "models.stone").read_bytes()
    assert FILE[:ENDS[0]] == models


@pytest.mark.parametrize("number", [0, 4, -1])
def test_generations_that_are_not_there_are_not_found(number):
    with pytest.raises(Refused) as refused:
        generation_of(FILE, number)
    assert refused.value.code == "not_found"


def test_every_cut_is_recovered_to_the_generation_before_it():
    for size in range(ENDS[0], len(FILE) + 1):
        whole = max(end for end in ENDS if end <= size)
        assert len(last_complete(FILE[:size])) == whole, size


def test_a_cut_in_the_first_generation_leaves_nothing():
    for size in range(64, ENDS[0], 7):
        with pytest.raises(Refused) as refused:
            last_complete(FILE[:size])
        assert refused.value.code == "incomplete"


def test_a_damaged_index_is_passed_over():
    damaged = bytearray(FILE)
    damaged[open_file(FILE).tail.index_offset + 5] ^= 1
    assert len(last_complete(bytes(damaged))) == ENDS[1]


def nested(data):
    """A file whose only payload, at offset 64, is an attachment of these bytes as they are."""
    outer = Stone()
    outer.entries.append(entry(b"inner", attachment=attachment(outer.storage(data, unit=1))))
    return outer.encode()


def test_a_file_in_the_payload_is_no_generation():
    cut = nested(FILE)[:-1]
    with pytest.raises(Refused) as refused:
        last_complete(cut)
    assert refused.value.code == "incomplete"


def test_a_tail_that_was_made_for_its_place_is_found_in_a_cut_file_and_only_there():
    index = bytes(samples.values_only(text("not what was saved")).index_bytes())
    whole = nested(index + bytes(-len(index) % 64) + tail_bytes(index, 64))
    assert entries(whole) == ["inner"] and len(last_complete(whole)) == len(whole)
    assert entries(last_complete(whole[:-1])) == ["v0"]


def test_the_digest_of_a_generation_is_its_own():
    digests = []
    for end in ENDS:
        index = open_file(FILE[:end]).index
        digests.append(content_digest(index, StorageReader(FILE[:end], index)))
    assert len(set(digests)) == 3
    assert Dump(FILE, open_file(FILE)).as_json()
