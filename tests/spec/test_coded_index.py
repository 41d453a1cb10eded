"""Indexes that are one zstd frame, made by hand; the bad ones are in the corpus."""

import pytest
import samples
import xxhash
from plane_builder import rle_block, runs_frame, zstd_frame
from reader.container import open_file
from reader.verify import verify
from stone_builder import Stone
from verdicts import OK, assert_refused, opens_with, tensors, verifies_with


def coded(stone, **arguments):
    raw = stone.index_bytes()
    return stone.encode(index=runs_frame(raw), **{"coding": 1, "raw_size": len(raw), **arguments})


def long_written(stone):
    """`stone` with equal bytes enough in its index that runs make it smaller."""
    stone.writer = b"w" * 400
    return stone


@pytest.mark.parametrize("sample", [samples.one_tensor, samples.two_tensors,
                                    samples.model_and_more])
def test_a_coded_index_says_what_it_says_as_it_is(sample):
    stone = long_written(sample())
    file = coded(stone)
    assert verifies_with(file) == OK
    assert len(file) < len(stone.encode())
    assert tensors(file) == tensors(stone.encode())
    assert open_file(file).index.writer == b"w" * 400


def test_every_generation_has_a_coding_of_its_own():
    before, stone = samples.two_generations()
    raw_then_coded = coded(long_written(stone), before=before)
    assert verify(raw_then_coded).generations == 2
    first = long_written(samples.one_tensor())
    second = Stone(start=len(coded(first)))
    second.chunks, second.storages = list(first.chunks), list(first.storages)
    second.tensor(b"weight", [2, 2], 18, 0)
    second.entries = first.entries
    second.scope()
    assert verify(second.encode(before=coded(first))).generations == 2


def test_a_damaged_frame_of_an_earlier_generation_is_found_by_verify():
    first = long_written(samples.one_tensor())
    before = coded(first, raw_size=len(first.index_bytes()) + 1)
    second = Stone(start=len(before))
    file = second.encode(before=before)
    assert opens_with(file) == OK
    refused = assert_refused(verify, file, "corrupt", "its content size is")
    assert refused.offset == 128


def test_an_index_of_exactly_256_times_its_frame_opens():
    # Equal bytes until index and frame are in that proportion: about 50 bytes are its frame.
    stone = Stone()
    fits = []
    for length in (13_000, *range(13_270, 13_300), 14_500):
        stone.writer = b"w" * length
        index = stone.index_bytes()
        proportion = len(index) / len(runs_frame(index))
        assert opens_with(coded(stone)) == (OK if proportion <= 256 else "limit")
        fits.append(proportion)
    assert min(fits) < 256 < max(fits) and 256 in fits


def test_a_frame_with_a_checksum_of_its_own_opens():
    stone = long_written(samples.one_tensor())
    raw = stone.index_bytes()
    frame = runs_frame(raw, descriptor=0b10100100)
    frame += xxhash.xxh64_intdigest(raw).to_bytes(8, "little")[:4]
    assert opens_with(stone.encode(index=frame, coding=1, raw_size=len(raw))) == OK
    wrong = frame[:-1] + bytes([frame[-1] ^ 1])
    assert_refused(open_file, stone.encode(index=wrong, coding=1, raw_size=len(raw)), "corrupt",
                   "checksum")


def test_a_bomb_is_refused_before_it_is_decoded():
    # It would decode: 64 KiB in 4 bytes of the block.
    frame = zstd_frame(b"", content_size=64 << 10, blocks=rle_block(0, 64 << 10))
    assert_refused(open_file, samples.one_tensor().encode(index=frame, coding=1,
                                                          raw_size=64 << 10),
                   "limit", "expand")
