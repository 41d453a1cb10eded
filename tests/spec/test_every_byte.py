"""There are no bytes that may change: flips, cuts, extensions."""

from itertools import combinations

import pytest
import samples
from plane_builder import CONSTANT, JOINED, PAIRS, RAW, WITH_PREVIOUS, coded_chunk, pairs, planes_of
from reader.container import check_head, open_file, read_tail
from reader.verify import verify
from stone_builder import re_signed
from verdicts import OK, code, opens_with, tensors, verifies_with


def coded_in_many_ways():
    """All plane codings in one chunk of 8 planes."""
    data = b"".join(bytes([9, 200 + i % 3, i, 50 - i, 7, 7 * i, i % 2, 0]) for i in range(20))
    planes, _ = planes_of(data, 8)
    joined = bytes(byte for two in zip(planes[2], planes[3]) for byte in two)
    stored = coded_chunk([(CONSTANT, b"\x09"), (PAIRS, pairs(planes[1], 202)), (JOINED, joined),
                          (WITH_PREVIOUS, b""), (CONSTANT, b"\7"), (RAW, planes[5]),
                          (PAIRS, pairs(planes[6], 14)), (CONSTANT, b"\0")], b"rest")
    return samples.coded(stored, data + b"rest", unit=8).encode()


def two_generations():
    before, stone = samples.two_generations()
    return stone.encode(before=before)


FILES = {"one_tensor": samples.one_tensor().encode(), "two_tensors": samples.two_tensors().encode(),
         "model": samples.model_and_more().encode(), "generations": two_generations(),
         "codings": coded_in_many_ways()}
EVERY_FILE = pytest.mark.parametrize("file", FILES.values(), ids=FILES)


@EVERY_FILE
def test_the_file_itself_is_sound(file):
    assert verifies_with(file) == OK


@EVERY_FILE
def test_verify_finds_every_flipped_bit(file):
    missed = []
    for at in range(len(file)):
        for bit in range(8):
            changed = bytearray(file)
            changed[at] ^= 1 << bit
            if verifies_with(bytes(changed)) == OK:
                missed.append((at, bit))
    assert missed == []


@EVERY_FILE
def test_verify_finds_every_byte_set_to_00_or_ff(file):
    missed = [(at, byte) for at in range(len(file)) for byte in (0, 0xFF)
              if file[at] != byte
              and verifies_with(file[:at] + bytes([byte]) + file[at + 1:]) == OK]
    assert missed == []


@EVERY_FILE
def test_a_flipped_bit_never_gives_other_tensors(file):
    right = tensors(file)
    for at in range(len(file)):
        changed = bytearray(file)
        changed[at] ^= 1
        if opens_with(bytes(changed)) != OK:
            continue
        for path, found in tensors(bytes(changed)).items():
            assert isinstance(found, str) or found == right[path], (at, path)


@EVERY_FILE
def test_a_file_cut_anywhere_does_not_open(file):
    ends = {i + 128 for i in range(64, len(file) - 128, 64)
            if opens_with(file[:i + 128]) == OK}
    # The end of an earlier generation is the one place where a cut leaves a file.
    assert len(ends) == (1 if file == FILES["generations"] else 0)
    for length in set(range(len(file))) - ends:
        expected = "incomplete" if length else "not_statestone"
        assert opens_with(file[:length]) == expected, length


@EVERY_FILE
def test_a_file_with_more_behind_it_does_not_open(file):
    for more in range(1, 65):
        assert opens_with(file + bytes(more)) == "incomplete"
    assert opens_with(file + file[-128:]) == "incomplete"


def test_no_two_flipped_bits_pass_in_a_head():
    head = bytearray(FILES["one_tensor"])[:64]
    assert code(check_head, head) == OK
    for one, other in combinations(range(512), 2):
        changed = bytearray(head)
        changed[one // 8] ^= 1 << one % 8
        changed[other // 8] ^= 1 << other % 8
        assert code(check_head, changed) != OK, (one, other)


def test_no_two_flipped_bits_pass_in_a_tail():
    file = FILES["one_tensor"]
    assert code(read_tail, file) == OK
    for one, other in combinations(range(len(file) * 8 - 1024, len(file) * 8), 2):
        changed = bytearray(file)
        changed[one // 8] ^= 1 << one % 8
        changed[other // 8] ^= 1 << other % 8
        assert code(read_tail, changed) != OK, (one, other)


def test_every_number_of_an_index_at_its_edges_gives_a_verdict():
    # Whatever the verdict is: anything that is not one fails here as an exception.
    file = FILES["model"]
    start = open_file(file).tail.index_offset
    end = start + open_file(file).tail.stored_size
    for at in range(start, end, 4):
        for number in (0, 1, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFE, 0xFFFFFFFF):
            verifies_with(re_signed(file, at, number.to_bytes(4, "little")))
    for at in range(start, end):
        for change in (0, 1, 0x7F, 0x80, 0xFF):
            verifies_with(re_signed(file, at, bytes([change])))
    for at in range(len(file) - 128, len(file) - 16, 8):
        for number in (0, 1, 2**31, 2**32, 2**63, 2**64 - 64, 2**64 - 1, len(file)):
            code(verify, re_signed(file, at, number.to_bytes(8, "little")))
