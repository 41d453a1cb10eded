"""Section 8: every plane coding, by chunks made by hand."""

import struct

import numpy
import pytest
import zstandard
from plane_builder import (CONSTANT, JOINED, PAIRS, RAW, WITH_PREVIOUS, ZSTD, coded_chunk, pairs,
                           planes_of, raw_block, raw_planes, rle_block, zstd_frame)
from reader.chunks import decode_chunk
from reader.verdict import UnknownCoding
from verdicts import assert_refused

PLANES, NO_FILTER, ROTATE = 1, 0, 1


def decode(stored, size, unit, filter_=NO_FILTER):
    return decode_chunk(stored, size, unit, filter_, PLANES)


def bytes_of(count, seed=1):
    return numpy.random.default_rng(seed).integers(0, 256, count, numpy.uint8).tobytes()


@pytest.mark.parametrize("unit", [1, 2, 4, 8])
@pytest.mark.parametrize("size", range(1, 40))
def test_raw_planes_of_every_small_size_come_back(unit, size):
    data = bytes_of(size)
    assert decode(raw_planes(data, unit), size, unit) == data


@pytest.mark.parametrize("unit", [2, 4, 8])
@pytest.mark.parametrize("size", range(1, 40))
def test_rotated_planes_of_every_small_size_come_back(unit, size):
    data = bytes_of(size)
    assert decode(raw_planes(data, unit, rotated=True), size, unit, ROTATE) == data


def test_the_upper_plane_of_rotated_bfloat16_is_the_exponent():
    data = struct.pack("<2H", 0x3F80, 0xBF81)  # 1.0, and -1.0 with the last bit of its mantissa
    planes, _ = planes_of(data, 2, rotated=True)
    assert planes == [b"\x00\x03", b"\x7f\x7f"]
    stored = coded_chunk([(RAW, b"\x00\x03"), (CONSTANT, b"\x7f")])
    assert decode(stored, 4, 2, ROTATE) == data


def test_the_bytes_of_a_chunk_are_where_the_text_puts_them():
    # Two units 0x2211 and 0x4433 and a rest of one byte: headers, lower bytes, upper bytes, rest.
    stored = bytes.fromhex("02000000" "02000000" "1133" "2244" "55")
    assert decode(stored, 5, 2) == bytes.fromhex("1122334455")


@pytest.mark.parametrize("units", range(1, 20))
def test_constant_planes_come_back(units):
    stored = coded_chunk([(CONSTANT, b"\x12"), (CONSTANT, b"\x34")])
    assert decode(stored, 2 * units, 2) == b"\x12\x34" * units


@pytest.mark.parametrize("units", range(0, 20))
def test_joined_planes_come_back(units):
    data = bytes_of(4 * units)
    planes, _ = planes_of(data, 4)
    halves = [bytes(byte for two in zip(*planes[k:k + 2]) for byte in two) for k in (0, 2)]
    stored = coded_chunk([(JOINED, halves[0]), (WITH_PREVIOUS, b""), (JOINED, halves[1]),
                          (WITH_PREVIOUS, b"")])
    assert decode(stored, 4 * units, 4) == data


@pytest.mark.parametrize("top", [14, 15, 128, 255])
@pytest.mark.parametrize("units", range(1, 34))
def test_pairs_of_every_small_number_of_units_come_back(units, top):
    # Every code is there: 0 to 13, zero, and bytes just outside what the top reaches.
    bytes_ = [top - c for c in range(14)] + [0, (top + 1) % 256, max(top - 14, 0), 0]
    plane = bytes(bytes_[i * 7 % len(bytes_)] for i in range(units))
    assert decode(coded_chunk([(PAIRS, pairs(plane, top))]), units, 1) == plane


def test_the_bytes_of_pairs_are_where_the_text_puts_them():
    # Units 20, 0, 7, 19, 20 with the top 20: codes 0, 14, 15 and 1, 0; h = 3, 7 is an exception.
    packed = bytes([0 | 1 << 4, 14 | 0 << 4, 15])
    frame = bytes.fromhex("28b52ffd" "a0" "03000000" "190000") + packed
    stored = struct.pack("<IB3x", len(frame), 20) + frame + b"\x07"
    chunk = struct.pack("<I", PAIRS << 28 | len(stored)) + stored
    assert decode(chunk, 5, 1) == bytes([20, 0, 7, 19, 20])


def test_a_byte_that_has_a_code_may_be_an_exception_too():
    frame = zstd_frame(b"\x0f")
    stored = struct.pack("<IB3x", len(frame), 20) + frame + b"\x14"
    assert decode(coded_chunk([(PAIRS, stored)]), 1, 1) == b"\x14"


@pytest.mark.parametrize("frame", [
    pytest.param(zstd_frame(b"abcdef"), id="one segment, a raw block"),
    pytest.param(zstd_frame(b"abcdef", blocks=raw_block(b"abc", last=False) + raw_block(b"def")),
                 id="two raw blocks"),
    pytest.param(zstd_frame(b"abcdef", descriptor=0b00100000, header=b"\x06"),
                 id="a content size of one byte"),
    pytest.param(zstd_frame(b"abcdef", descriptor=0b10000000,
                            header=b"\x58" + struct.pack("<I", 6)), id="a window"),
    pytest.param(zstd_frame(b"abcdef", descriptor=0b11100000, header=struct.pack("<Q", 6)),
                 id="a content size of 8 bytes"),
    pytest.param(zstandard.ZstdCompressor(write_checksum=True).compress(b"abcdef"),
                 id="by the library, with a checksum"),
])
def test_frames_in_all_forms_that_have_a_content_size_come_back(frame):
    assert decode(coded_chunk([(ZSTD, frame)]), 6, 1) == b"abcdef"


def test_a_run_of_one_byte_comes_back():
    frame = zstd_frame(bytes(300), blocks=rle_block(7, 300))
    assert decode(coded_chunk([(ZSTD, frame)]), 300, 1) == b"\7" * 300


def test_a_content_size_of_two_bytes_counts_from_256():
    frame = zstd_frame(b"", descriptor=0b01100000, header=struct.pack("<H", 44),
                       blocks=rle_block(7, 300))
    assert decode(coded_chunk([(ZSTD, frame)]), 300, 1) == b"\7" * 300


def test_a_frame_of_nothing_is_a_plane_of_a_chunk_without_units():
    stored = coded_chunk([(ZSTD, zstd_frame(b"")), (RAW, b"")], b"r")
    assert decode(stored, 1, 2) == b"r"


@pytest.mark.parametrize("coding", range(6, 16))
def test_an_unknown_plane_coding_is_unsupported(coding):
    with pytest.raises(UnknownCoding, match=f"plane 1 has the unknown coding {coding}"):
        decode(coded_chunk([(RAW, b"a"), (coding, b"b")]), 2, 2)


def test_a_chunk_cut_anywhere_is_corrupt():
    planes, _ = planes_of(bytes(range(40)), 4)
    stored = coded_chunk([(RAW, planes[0]), (PAIRS, pairs(planes[1], 40)),
                          (ZSTD, zstd_frame(planes[2])), (RAW, planes[3])], b"xyz")
    assert decode(stored, 43, 4) == bytes(range(40)) + b"xyz"
    for length in range(len(stored)):
        assert_refused(lambda part: decode(part, 43, 4), stored[:length], "corrupt", "chunk")


def test_a_flipped_bit_of_a_chunk_never_crashes_the_decoder():
    planes, _ = planes_of(bytes(range(40)), 4)
    both = bytes(byte for two in zip(planes[2], planes[3]) for byte in two)
    stored = coded_chunk([(ZSTD, zstd_frame(planes[0])), (PAIRS, pairs(planes[1], 40)),
                          (JOINED, both), (WITH_PREVIOUS, b"")], b"xyz")
    for bit in range(8 * len(stored)):
        changed = bytearray(stored)
        changed[bit // 8] ^= 1 << bit % 8
        try:
            assert len(decode(bytes(changed), 43, 4)) == 43
        except Exception as error:
            assert getattr(error, "code", None) in ("corrupt", "unsupported"), bit
