"""Section 13: the digest is of what a file says, and of nothing else."""

import hashlib
import json
import struct

import digest_states
import pytest
import samples
from reader.container import open_file
from reader.digest import content_digest, walk_bytes
from reader.storage_reader import StorageReader
from stone_builder import (BFLOAT16, FLOAT32, ORDERED_TENSOR_DICT, TENSOR, TENSOR_DICT, Stone,
                           entry, value)
from verdicts import assert_refused

VECTORS = {vector["name"]: vector for vector in json.loads(digest_states.VECTORS.read_text())}


def digest(file):
    index = open_file(file).index
    return content_digest(index, StorageReader(file, index))


def one_dict(*tensors, storages):
    """`tensors`: (name, dims, place of its storage, options)."""
    stone = Stone()
    for data, options in storages:
        stone.storage(data, **options)
    for name, dims, storage, options in tensors:
        stone.tensor(name, dims, FLOAT32, storage, **options)
    stone.entries.append(entry(b"e", value=value(TENSOR_DICT, scope=stone.scope())))
    return stone


FLOATS = samples.FOUR_FLOATS


def plain():
    return one_dict((b"t", [2, 2], 0, {}), storages=[(FLOATS, {})])


def test_the_vectors_are_those_of_the_states():
    assert digest_states.VECTORS.read_text() == digest_states.encoded()


@pytest.mark.parametrize("build", digest_states.STATES)
def test_the_walk_of_a_file_is_that_of_its_vector(build):
    _, stone = build()
    file = stone.encode()
    index = open_file(file).index
    found = walk_bytes(index, StorageReader(file, index))
    assert found.hex() == VECTORS[build.__name__]["walk"]
    assert hashlib.sha256(found).hexdigest() == VECTORS[build.__name__]["digest"] == digest(file)


@pytest.mark.parametrize("same", [
    pytest.param(one_dict((b"t", [2, 2], 0, {}), storages=[(FLOATS, {"layout": 1})]), id="coded"),
    pytest.param(one_dict((b"t", [2, 2], 0, {}), storages=[(FLOATS, {"layout": 1, "filter": 1})]),
                 id="rotated"),
    pytest.param(one_dict((b"t", [2, 2], 0, {"offset": 4}), storages=[(b"left" + FLOATS, {})]),
                 id="further in"),
    pytest.param(one_dict((b"t", [2, 2], 0, {"strides": [1, 2]}), storages=[
        (FLOATS[:4] + FLOATS[8:12] + FLOATS[4:8] + FLOATS[12:], {})]), id="strided"),
    pytest.param(one_dict((b"t", [2, 2], 0, {}), storages=[(FLOATS, {"unit": 1, "log2": 6})]),
                 id="of other units and chunks"),
    pytest.param(one_dict((b"t", [2, 2], 1, {}), storages=[(b"unused", {}), (FLOATS, {})]),
                 id="behind a storage of nothing"),
])
def test_the_digest_does_not_depend_on_how_tensors_are_stored(same):
    assert digest(same.encode()) == digest(plain().encode())


def test_the_digest_does_not_depend_on_writer_features_and_generation():
    other = plain()
    other.writer, other.write_features = b"another", [b"history"]
    assert digest(other.encode()) == digest(plain().encode())
    before = samples.one_tensor().encode()
    later = Stone(start=len(before))
    later.storage(FLOATS)
    later.tensor(b"t", [2, 2], FLOAT32, 0)
    later.entries.append(entry(b"e", value=value(TENSOR_DICT, scope=later.scope())))
    assert digest(later.encode(before=before)) == digest(plain().encode())


@pytest.mark.parametrize("other", [
    pytest.param(one_dict((b"u", [2, 2], 0, {}), storages=[(FLOATS, {})]), id="name"),
    pytest.param(one_dict((b"t", [4], 0, {}), storages=[(FLOATS, {})]), id="shape"),
    pytest.param(one_dict((b"t", [2, 2], 0, {"kind": 2}), storages=[(FLOATS, {})]), id="kind"),
    pytest.param(one_dict((b"t", [2, 2], 0, {"flags": 1}), storages=[(FLOATS, {})]),
                 id="requires_grad"),
    pytest.param(one_dict((b"t", [2, 2], 0, {"strides": [1, 2]}), storages=[(FLOATS, {})]),
                 id="elements"),
])
def test_the_digest_depends_on_what_a_tensor_is(other):
    assert digest(other.encode()) != digest(plain().encode())


def test_the_digest_depends_on_the_order_of_insertion():
    def two(order):
        stone = one_dict((b"a", [4], 0, {}), (b"b", [4], 1, {}),
                         storages=[(FLOATS, {}), (FLOATS, {})])
        stone.order = order
        return digest(stone.encode())
    assert two([0, 1]) == two([]) != two([1, 0])


def test_the_digest_depends_on_the_kind_of_the_dict():
    other = plain()
    other.entries = [entry(b"e", value=value(ORDERED_TENSOR_DICT, scope=0))]
    assert digest(other.encode()) != digest(plain().encode())


def test_the_digest_depends_on_ties():
    def two(offset):
        data = FLOATS[:4] * 8
        return digest(one_dict((b"a", [4], 0, {}), (b"b", [4], 0, {"offset": offset}),
                               storages=[(data, {})]).encode())
    assert two(0) == two(12) != two(16)


def test_tensors_that_no_entry_refers_to_do_not_count():
    other = plain()
    other.tensor(b"", [1], FLOAT32, 0)
    other.scope(kind=1)
    assert digest(other.encode()) == digest(plain().encode())


def test_a_tensor_in_the_walk_twice_is_tied_unless_it_is_empty():
    def twice(dims):
        stone = Stone()
        stone.tensor(b"", dims, FLOAT32, stone.storage(FLOATS))
        stone.scope(kind=1)
        stone.entries = [entry(name, value=value(TENSOR, tensor=0)) for name in (b"a", b"b")]
        file = stone.encode()
        index = open_file(file).index
        walk = walk_bytes(index, StorageReader(file, index))
        return tuple(walk.count(struct.pack("<QQ", dims[0], group)) for group in (1, 0))
    assert twice([4]) == (2, 0)
    assert twice([0])[0] == 0


@pytest.mark.parametrize("stone", [
    pytest.param(samples.values_only(value(99)), id="value kind"),
    pytest.param(samples.values_only(value(10, items=[value(23)])), id="value kind inside"),
])
def test_a_file_with_something_unknown_has_no_digest(stone):
    assert_refused(digest, stone.encode(), "unsupported", "unknown kind")


def test_a_bfloat16_tensor_digests_as_its_bytes():
    data = struct.pack("<2H", 0x3F80, 0xBF80)
    stone = Stone()
    stone.tensor(b"t", [2], BFLOAT16, stone.storage(data, unit=2, filter=1, layout=1))
    stone.entries.append(entry(b"e", value=value(TENSOR_DICT, scope=stone.scope())))
    file = stone.encode()
    index = open_file(file).index
    assert walk_bytes(index, StorageReader(file, index)).endswith(hashlib.sha256(data).digest())
