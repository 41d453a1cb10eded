"""Section 4, coding 1: an index that is one zstd frame, or should be."""

import struct

import samples
from corpus.case import CORRUPT, LIMIT, bad
from plane_builder import raw_block, rle_block, runs_frame, zstd_frame

STONE = samples.one_tensor()
#: Equal bytes enough that the frame is smaller than the index.
STONE.writer = b"w" * 300
RAW = STONE.index_bytes()
FRAME = runs_frame(RAW)
#: Where the frame's header ends: magic, descriptor, a content size of 4 bytes.
HEADER_BYTES = 9


def with_frame(frame, **tail):
    """The sample with `frame` in the place of its index; every sum is right."""
    return STONE.encode(index=frame, **{"coding": 1, "raw_size": len(RAW), **tail})


@bad(CORRUPT, "The index is a zstd frame, and one bit of it is flipped: its sum is wrong.")
def coded_index_damaged():
    file = bytearray(with_frame(FRAME))
    file[file.index(FRAME) + len(FRAME) // 2] ^= 1
    return bytes(file)


@bad(CORRUPT, "The length of the first block of the index's frame is changed, the sums follow.")
def coded_index_frame_damaged():
    return with_frame(FRAME[:HEADER_BYTES] + bytes([FRAME[HEADER_BYTES] ^ 0x10])
                      + FRAME[HEADER_BYTES + 1:])


@bad(CORRUPT, "The identifier of the index is changed inside its frame, the sums follow.")
def coded_index_content_damaged():
    at = FRAME.index(b"STN1")
    return with_frame(FRAME[:at] + b"STN2" + FRAME[at + 4:])


@bad(CORRUPT, "The index is said to be a frame, but it is stored as it is.")
def coded_index_not_coded():
    return with_frame(RAW, raw_size=len(RAW) + 64)


@bad(CORRUPT, "The index is coded in two frames, each of half of it.")
def coded_index_of_two_frames():
    half = len(RAW) // 2
    return with_frame(runs_frame(RAW[:half]) + runs_frame(RAW[half:]))


@bad(CORRUPT, "Behind the frame of the index stands an empty one.")
def coded_index_and_empty_frame():
    return with_frame(FRAME + zstd_frame(b""))


@bad(CORRUPT, "The stored size of the index has a byte more than its frame.")
def coded_index_with_byte_behind():
    return with_frame(FRAME + b"\0")


@bad(CORRUPT, "The stored size of the index ends a byte before its frame does.")
def coded_index_cut_short():
    return with_frame(FRAME[:-1])


@bad(CORRUPT, "A skippable frame stands before the frame of the index.")
def coded_index_behind_skippable_frame():
    return with_frame(struct.pack("<II", 0x184D2A50, 4) + b"skip" + FRAME)


@bad(CORRUPT, "The frame of the index says a content size of a byte less than it and the tail have.")
def coded_index_content_size_wrong():
    return with_frame(runs_frame(RAW, content_size=len(RAW) - 1))


@bad(CORRUPT, "The frame of the index does not say its content size.")
def coded_index_without_content_size():
    # Without a single segment a byte stands for the size of the window: 1 KiB.
    return with_frame(runs_frame(RAW, descriptor=0, header=b"\0"))


@bad(CORRUPT, "The frame of the index names a dictionary.")
def coded_index_with_dictionary():
    return with_frame(runs_frame(RAW, descriptor=0b10100001,
                                 header=b"\x2a" + struct.pack("<I", len(RAW))))


@bad(CORRUPT, "The raw size of the index is a byte less than its frame's content.")
def coded_index_raw_size_too_small():
    return with_frame(FRAME, raw_size=len(RAW) - 1)


@bad(CORRUPT, "The raw size of the index is a byte more than its frame's content.")
def coded_index_raw_size_too_large():
    return with_frame(FRAME, raw_size=len(RAW) + 1)


@bad(CORRUPT, "The blocks of the index's frame give a byte less than its content size says.")
def coded_index_content_too_short():
    return with_frame(runs_frame(RAW[:-1], content_size=len(RAW)))


@bad(CORRUPT, "The blocks of the index's frame give more than its content size says.")
def coded_index_content_too_long():
    return with_frame(runs_frame(RAW + bytes(100), content_size=len(RAW)))


@bad(CORRUPT, "The frame of the index has as many bytes as the index: it would save nothing.")
def coded_index_not_smaller():
    frame = zstd_frame(RAW, blocks=raw_block(RAW))
    return with_frame(frame, raw_size=len(frame))


@bad(CORRUPT, "A coded index of no bytes.")
def coded_index_of_nothing():
    return with_frame(b"", raw_size=0)


@bad(LIMIT, "A bomb: a frame of some hundred bytes that is said to be an index of 512 MiB.")
def coded_index_of_512_mib():
    blocks = b"".join(rle_block(0, 128 << 10, last=i == 15) for i in range(16))
    return with_frame(zstd_frame(b"", content_size=512 << 20, blocks=blocks), raw_size=512 << 20)


@bad(LIMIT, "A coded index that is said to expand to 256 times its bytes and one more.")
def coded_index_expands_too_much():
    return with_frame(FRAME, raw_size=256 * len(FRAME) + 1)


@bad(CORRUPT, "A coded index that is said to expand to 256 times its bytes, but does not.")
def coded_index_expands_less():
    return with_frame(FRAME, raw_size=256 * len(FRAME))


@bad(LIMIT, "A coded index of 512 MiB and a byte, stored in as many less one.")
def coded_index_above_limit():
    return with_frame(FRAME, raw_size=(512 << 20) + 1, stored_size=512 << 20)
