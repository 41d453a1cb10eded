"""What is too large for the corpus: limits, alignment of large storages, work and memory."""

import time

import pytest
import samples
from flat_builder import Blob, Nodes, Table, build
from reader.container import open_file
from reader.storage_reader import StorageReader
from stone_builder import (FLOAT32, LIST, TENSOR, TENSOR_DICT, UINT8, Stone, entry, map_of, model,
                           text, value)
from verdicts import OK, assert_refused, opens_with


def nested(depth):
    tree = value(0)
    for _ in range(depth - 1):
        tree = value(LIST, items=[tree])
    return tree


def large_raw_storage(size, align):
    """A raw storage of one chunk at a multiple of `align`, and not of 4096 if that is 64."""
    stone = Stone()
    stone.storage(b"in front", unit=1)
    stone.storage(bytes(size), unit=1, log2=20)
    at = 4096 if align == 4096 else 128
    stone.payload[-1] = (at, bytes(size))
    stone.chunks[-1].offset = at
    return stone.encode()


def test_values_64_deep_open():
    assert opens_with(samples.values_only(nested(64)).encode()) == OK


def test_65536_entries_open_and_one_more_is_above_the_limit():
    stone = Stone()
    stone.entries = [entry(b"%d" % i, value=value(0)) for i in range(65536)]
    assert opens_with(stone.encode()) == OK
    stone.entries.append(entry(b"more", value=value(0)))
    assert_refused(open_file, stone.encode(), "limit", "65537 entries")


def test_65537_scopes_are_above_the_limit():
    stone = Stone()
    for _ in range(65537):
        stone.scope()
    assert_refused(open_file, stone.encode(), "limit", "65537 scopes")


@pytest.mark.parametrize("length, expected", [(65536, OK), (65537, "limit")])
def test_a_name_of_an_entry_has_at_most_65536_bytes(length, expected):
    stone = Stone()
    stone.entries.append(entry(b"n" * length, value=value(0)))
    assert opens_with(stone.encode()) == expected


@pytest.mark.parametrize("length, expected", [(65536, OK), (65537, "limit")])
def test_a_name_of_a_tensor_has_at_most_65536_bytes(length, expected):
    stone = Stone()
    stone.tensor(b"n" * length, [4], FLOAT32, stone.storage(samples.FOUR_FLOATS))
    stone.entries.append(entry(b"e", value=value(TENSOR_DICT, scope=stone.scope())))
    assert opens_with(stone.encode()) == expected


def many_scalars(count):
    """A dict under a name of 64 KiB: each tensor repeats it in its path."""
    stone = Stone()
    storage = stone.storage(samples.FOUR_FLOATS)
    for i in range(count):
        stone.tensor(b"%05d" % i, [], FLOAT32, storage)
    stone.entries.append(entry(b"n" * 65536, value=value(TENSOR_DICT, scope=stone.scope())))
    return stone.encode()


def test_paths_in_a_dict_have_at_most_512_mib_together():
    assert opens_with(many_scalars(8192)) == OK
    refused = assert_refused(open_file, many_scalars(8193), "limit", "more than 536870912 bytes")
    assert refused.entry == "n" * 65536


@pytest.mark.parametrize("references, expected", [(511, OK), (512, "limit")])
def test_paths_of_tensors_in_a_list_count_each_time(references, expected):
    stone = samples.one_tensor()
    tensors = value(LIST, items=[value(TENSOR, tensor=0) for _ in range(references)])
    stone.entries.append(entry(b"e", value=map_of(**{"k" * (1 << 20): tensors})))
    assert opens_with(stone.encode()) == expected


def test_64_dimensions_open():
    stone = Stone()
    stone.tensor(b"t", [2] + [1] * 63, UINT8, stone.storage(b"ab", unit=1))
    stone.entries.append(entry(b"e", value=value(TENSOR_DICT, scope=stone.scope())))
    index = open_file(stone.encode()).index
    assert bytes(StorageReader(stone.encode(), index).elements(index.tensor(0))) == b"ab"


def test_a_raw_storage_of_1_mib_starts_at_a_page():
    assert opens_with(large_raw_storage(1 << 20, 4096)) == OK
    assert_refused(open_file, large_raw_storage(1 << 20, 64), "corrupt", "multiple of 4096")


def test_a_raw_storage_of_a_byte_less_starts_anywhere():
    assert opens_with(large_raw_storage((1 << 20) - 1, 64)) == OK


@pytest.mark.parametrize("elements, found", [(1 << 30, OK), ((1 << 30) + 1, "limit")])
def test_a_view_may_repeat_an_element_up_to_4_gib(elements, found):
    stone = Stone()
    stone.tensor(b"t", [elements], FLOAT32, stone.storage(samples.FOUR_FLOATS), strides=[0])
    stone.entries.append(entry(b"e", value=value(TENSOR_DICT, scope=stone.scope())))
    assert opens_with(stone.encode()) == found


def test_many_models_that_share_a_long_list_of_names_cost_no_more_than_their_bytes():
    # 4000 entries, one model with 4000 empty names: 16 million visits, were each one made.
    shared = model(0, exceptions=[])
    shared.fields[5] = Nodes([text("")] * 4000)
    stone = Stone()
    stone.entries = [entry(b"%d" % i, model=shared) for i in range(4000)]
    file = stone.encode()
    start = time.process_time()
    assert opens_with(file) == "corrupt"
    # Not a measure of speed: without care this takes minutes.
    assert time.process_time() - start < 20


def test_an_empty_file_of_no_entries_opens():
    assert opens_with(Stone().encode()) == OK


def test_an_index_of_nothing_but_a_root_opens():
    assert opens_with(Stone().encode(index=build(Table()))) == OK


def test_a_text_of_a_mib_opens():
    assert opens_with(samples.values_only(text("x" * (1 << 20))).encode()) == OK
