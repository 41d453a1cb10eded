"""Section 8: chunks that open, and are refused when they are read or verified."""

import struct

import samples
from corpus.case import CORRUPT, OK, bad
from plane_builder import (CONSTANT, JOINED, PAIRS, RAW, WITH_PREVIOUS, ZSTD, coded_chunk, pairs,
                           planes_of, raw_block, raw_planes, rle_block, zstd_frame)

DATA = bytes(range(10, 30))
EVEN, ODD = DATA[::2], DATA[1::2]


def wrong(sentence):
    return bad(OK, sentence, verify=CORRUPT, read={"e/t": CORRUPT})


def chunk(planes, *, data=DATA, rest=b""):
    """`data`, coded as `planes`; as many as the storage's unit."""
    return samples.coded(coded_chunk(planes, rest), data, unit=len(planes)).encode()


def low_plane(coding, stored, data=DATA, *more):
    """The lower of two planes coded as told, the upper one raw and right."""
    return chunk([(coding, stored, *more), (RAW, planes_of(data, 2)[0][1])], data=data)


def framed(frame):
    return low_plane(ZSTD, frame)


@wrong("One bit of a stored chunk is flipped.")
def stored_bytes_damaged():
    stone = samples.coded(raw_planes(DATA, 2), DATA, unit=2)
    file = bytearray(stone.encode())
    file[stone.chunks[0].offset + 9] ^= 1
    return bytes(file)


@bad(OK, "The decoded sum of a chunk is wrong; only verify looks at it.", verify=CORRUPT)
def decoded_sum_wrong():
    stone = samples.coded(raw_planes(DATA, 2), DATA, unit=2)
    stone.chunks[0].decoded_sum ^= 1
    return stone.encode()


@bad(OK, "A raw chunk's stored bytes are not those of its sum.", verify=CORRUPT,
     read={"model/weight": CORRUPT})
def raw_chunk_damaged():
    file = bytearray(samples.one_tensor().encode())
    file[64] ^= 1
    return bytes(file)


@wrong("A chunk has fewer bytes than its plane headers need.")
def chunk_shorter_than_headers():
    return samples.coded(bytes(7), DATA, unit=2).encode()


@wrong("A chunk has a byte behind its last part.")
def chunk_with_spare_byte():
    return chunk([(RAW, EVEN), (RAW, ODD)], rest=b"x")


@wrong("The rest of a chunk, the bytes that fill no unit, is missing.")
def rest_missing():
    return chunk([(RAW, EVEN), (RAW, ODD)], data=DATA + b"x")


@wrong("A raw plane is a byte short, the next one has it.")
def raw_plane_too_short():
    return chunk([(RAW, EVEN[:-1]), (RAW, EVEN[-1:] + ODD)])


@wrong("A plane claims 2^28 - 1 bytes.")
def plane_length_all_ones():
    return low_plane(RAW, EVEN, DATA, (1 << 28) - 1)


@wrong("A constant plane has two bytes.")
def constant_of_two_bytes():
    return low_plane(CONSTANT, b"\7\7", b"\7\1" * 10)


@wrong("A constant plane has no byte.")
def constant_of_no_byte():
    return low_plane(CONSTANT, b"", b"\7\1" * 10)


@wrong("A plane is constant in a chunk that has no whole unit.")
def constant_without_units():
    return chunk([(CONSTANT, b"\7"), (RAW, b"")], data=b"r", rest=b"r")


@wrong("A plane is pairs in a chunk that has no whole unit.")
def pairs_without_units():
    return chunk([(PAIRS, pairs(b"", 14)), (RAW, b"")], data=b"r", rest=b"r")


@wrong("The second plane is joined with the third: pairs of planes start at even ones.")
def joined_at_odd_plane():
    planes, _ = planes_of(DATA, 4)
    both = bytes(byte for two in zip(planes[1], planes[2]) for byte in two)
    return chunk([(RAW, planes[0]), (JOINED, both), (WITH_PREVIOUS, b""), (RAW, planes[3])])


@wrong("The only plane is joined with a next one.")
def joined_without_next():
    return chunk([(JOINED, DATA * 2)])


@wrong("A joined plane is followed by one that is raw.")
def joined_with_raw():
    return chunk([(JOINED, DATA), (RAW, ODD)])


@wrong("A joined plane has a byte less than both planes, the next has one.")
def joined_too_short():
    return chunk([(JOINED, DATA[:-1]), (WITH_PREVIOUS, DATA[-1:])])


@wrong("A joined plane is two bytes short.")
def joined_of_fewer_units():
    return chunk([(JOINED, DATA[:-2]), (WITH_PREVIOUS, b"")])


@wrong("The first plane is in the one before it.")
def with_previous_at_first():
    return chunk([(WITH_PREVIOUS, b""), (RAW, ODD)])


@wrong("A plane is in the one before it, which is raw.")
def with_previous_behind_raw():
    return chunk([(RAW, EVEN), (WITH_PREVIOUS, b"")])


@wrong("The magic of a zstd frame is wrong.")
def frame_magic_wrong():
    return framed(zstd_frame(EVEN, magic=0xFD2FB529))


@wrong("A zstd plane has no bytes.")
def frame_missing():
    return framed(b"")


@wrong("A skippable frame stands before the zstd frame.")
def frame_behind_skippable_frame():
    return framed(struct.pack("<II", 0x184D2A50, 4) + b"skip" + zstd_frame(EVEN))


@wrong("A zstd frame has no content size.")
def frame_without_content_size():
    return framed(zstd_frame(EVEN, descriptor=0, header=b"\x58"))


@wrong("The content size of a zstd frame is one less than the plane.")
def frame_content_size_too_small():
    return framed(zstd_frame(EVEN[:-1]))


@wrong("The content size of a zstd frame is one more than the plane.")
def frame_content_size_too_large():
    return framed(zstd_frame(EVEN + b"x"))


@wrong("The content size of a zstd frame is right, its block is a byte short.")
def frame_content_too_short():
    return framed(zstd_frame(EVEN, blocks=raw_block(EVEN[:-1])))


@wrong("The content size of a zstd frame is right, its block has a byte too many.")
def frame_content_too_long():
    return framed(zstd_frame(EVEN, blocks=raw_block(EVEN + b"x")))


@wrong("The content size of a zstd frame is right, its 60 blocks hold 128 KiB each.")
def frame_expands_beyond_content_size():
    blocks = b"".join(rle_block(7, 128 << 10, last=i == 59) for i in range(60))
    return framed(zstd_frame(EVEN, blocks=blocks))


@wrong("A zstd frame of no content, in a chunk without units, expands to 1 MiB.")
def frame_of_nothing_expands():
    blocks = b"".join(rle_block(7, 128 << 10, last=i == 7) for i in range(8))
    return chunk([(ZSTD, zstd_frame(b"", blocks=blocks)), (RAW, b"")], data=b"r", rest=b"r")


@wrong("A zstd frame names a dictionary.")
def frame_with_dictionary():
    return framed(zstd_frame(EVEN, descriptor=0b10100001, header=b"\x07" + struct.pack("<I", 10)))


@wrong("The reserved bit of a zstd frame's header is set.")
def frame_with_reserved_bit():
    return framed(zstd_frame(EVEN, descriptor=0b10101000))


@wrong("A block of a zstd frame has the reserved kind 3.")
def frame_with_reserved_block():
    block = bytearray(raw_block(EVEN))
    block[0] |= 0b110
    return framed(zstd_frame(EVEN, blocks=bytes(block)))


@wrong("A plane is two zstd frames that together have the right size.")
def two_frames():
    return framed(zstd_frame(EVEN[:5]) + zstd_frame(EVEN[5:]))


@wrong("Behind a zstd frame is an empty one.")
def frame_and_empty_frame():
    return framed(zstd_frame(EVEN) + zstd_frame(b""))


@wrong("Behind a zstd frame is a zero byte.")
def frame_with_byte_behind():
    return framed(zstd_frame(EVEN) + b"\0")


@wrong("The last byte of a zstd frame is missing.")
def frame_cut_short():
    return framed(zstd_frame(EVEN)[:-1])


@wrong("The checksum inside a zstd frame is wrong.")
def frame_checksum_wrong():
    return framed(zstd_frame(EVEN, descriptor=0b10100100) + bytes(4))


@wrong("Pairs have 7 bytes, fewer than their header.")
def pairs_shorter_than_header():
    return low_plane(PAIRS, pairs(EVEN, 30)[:7])


@wrong("The top of pairs is 13, so that a code would stand for a negative byte.")
def pairs_top_too_low():
    return low_plane(PAIRS, pairs(bytes(10), 13), bytes(20))


@wrong("A byte of the header of pairs that must be zero is not.")
def pairs_header_not_zero():
    return low_plane(PAIRS, pairs(EVEN, 30, header_zero=b"\0\1\0"))


@wrong("The frame of pairs claims more bytes than the plane has.")
def pairs_frame_outside():
    return low_plane(PAIRS, pairs(EVEN, 30, frame_bytes=1000))


@wrong("The size of the frame of pairs is 2^32 - 8, which with the header comes out as 0.")
def pairs_frame_size_wraps_around():
    return low_plane(PAIRS, pairs(EVEN, 30, frame_bytes=2**32 - 8))


@wrong("The last exception of pairs is missing.")
def pairs_exception_missing():
    return low_plane(PAIRS, pairs(EVEN, 20)[:-1])


@wrong("Pairs have an exception more than codes for them.")
def pairs_exception_left_over():
    return low_plane(PAIRS, pairs(EVEN, 20) + b"\1")


@wrong("The frame of pairs has codes for two units more than the plane has.")
def pairs_of_more_units():
    return low_plane(PAIRS, pairs(EVEN + EVEN[:2], 30, exceptions=b""))


@wrong("An odd number of units leaves 4 bits of pairs over, which are not zero.")
def pairs_spare_bits_set():
    data = DATA[:18]
    return low_plane(PAIRS, pairs(data[::2], 28, last_high=1), data)


@wrong("An odd number of units leaves 4 bits of pairs over, which stand for an exception.")
def pairs_spare_bits_exception():
    data = DATA[:18]
    return low_plane(PAIRS, pairs(data[::2], 28, last_high=15) + b"\1", data)
