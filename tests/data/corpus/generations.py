"""Earlier generations and the bytes between the parts: only verify reads them."""

import struct

import samples
from corpus.case import CORRUPT, OK, bad
from stone_builder import ChunkRow, Stone, StorageRow, xxh3_64

BEFORE, _ = samples.two_generations()
FIRST_TAIL = len(BEFORE) - 128


def unread(sentence):
    return bad(OK, sentence, verify=CORRUPT)


def second(**fields):
    before, stone = samples.two_generations()
    return stone.encode(before=before, **fields)


def after(before, **fields):
    """A second generation behind a first one that may be wrong."""
    _, stone = samples.two_generations()
    return stone.encode(before=before, **fields)


def changed(file, at, xor=1):
    return file[:at] + bytes([file[at] ^ xor]) + file[at + 1:]


def first_with_tail(**fields):
    return after(samples.one_tensor().encode(**fields))


@unread("The sum in the tail of the first generation is wrong.")
def earlier_tail_sum_wrong():
    return after(changed(BEFORE, len(BEFORE) - 16))


@unread("The tail of the first generation was replaced by another that is sound.")
def earlier_tail_replaced():
    file = bytearray(second())
    file[FIRST_TAIL + 8:FIRST_TAIL + 24] = struct.pack("<QQ", 319, 319)
    file[FIRST_TAIL + 112:FIRST_TAIL + 120] = struct.pack(
        "<Q", xxh3_64(bytes(file[FIRST_TAIL:FIRST_TAIL + 112])))
    return bytes(file)


@unread("The second generation has a wrong sum for the tail of the first.")
def previous_sum_wrong():
    return second(previous_sum=1)


@unread("A bit of the closing magic of the first generation is flipped.")
def earlier_closing_magic_wrong():
    return changed(second(), len(BEFORE) - 1)


@unread("The third generation follows the first.")
def generation_left_out():
    return second(generation=3)


@unread("The second generation follows one that calls itself the second, too.")
def generation_twice():
    return after(samples.one_tensor().encode(generation=2, previous=64), generation=2)


@unread("The tail before the second generation is said to be where there is none.")
def previous_points_elsewhere():
    return second(previous=64)


@unread("The tail of the first generation says that it ends 64 bytes later.")
def earlier_end_offset_wrong():
    return first_with_tail(end_offset=len(BEFORE) + 64)


@unread("A bit of the index of the first generation is flipped.")
def earlier_index_damaged():
    return changed(second(), BEFORE.index(b"weight"))


@unread("The index of the first generation says what no index may, with right sums.")
def earlier_index_wrong():
    stone = samples.one_tensor()
    stone.tensors[0].dims_end = 3
    return after(stone.encode())


@unread("A chunk of the first generation that the second does not have is damaged.")
def earlier_chunk_damaged():
    before = samples.two_tensors().encode()
    return changed(Stone(start=len(before)).encode(before=before), 64)


@unread("A chunk of the first generation lies behind its index, in the second one's payload.")
def earlier_chunk_behind_its_index():
    first = samples.one_tensor()
    first.chunks[0].offset = len(BEFORE)
    return after(first.encode())


def taking(start, size):
    """A second generation with a raw chunk that takes bytes of the first one's file."""
    stone = Stone(start=len(BEFORE))
    stone.storages.append(StorageRow(size, 0, unit=1))
    sum_ = xxh3_64(BEFORE[start:start + size])
    stone.chunks.append(ChunkRow(start, sum_, sum_, size))
    return stone.encode(before=BEFORE)


@unread("A chunk of the second generation is the tail of the first.")
def chunk_over_earlier_tail():
    return taking(FIRST_TAIL, 128)


@unread("A chunk of the second generation is the start of the first one's index.")
def chunk_over_earlier_index():
    return taking(128, 64)


@unread("A chunk of the second generation is the start of a longer one of the first.")
def chunk_over_part_of_earlier_chunk():
    return taking(64, 8)


@bad(OK, "A byte between the payload and the index is not zero.", verify=CORRUPT)
def gap_before_index():
    return changed(samples.one_tensor().encode(), 64 + 16)


@unread("The last byte between the payload and the index is not zero.")
def gap_before_index_at_its_end():
    return changed(samples.one_tensor().encode(), 127)


@unread("A byte between the index and the tail is not zero.")
def gap_before_tail():
    stone = samples.one_tensor()
    stone.writer = b"another writer"
    file = stone.encode()
    index_end = sum(struct.unpack_from("<QQ", file, len(file) - 128))
    assert index_end < len(file) - 128
    return changed(file, index_end)


@unread("A byte between two chunks is not zero.")
def gap_between_chunks():
    stone = samples.one_tensor()
    stone.storage(samples.FOUR_FLOATS)
    return changed(stone.encode(), 100)


@unread("Bytes that no chunk has stand in the payload.")
def payload_of_no_chunk():
    stone = samples.one_tensor()
    stone.place(b"hidden")
    return stone.encode()


@unread("A byte between the first tail and the payload of the second generation is not zero.")
def gap_behind_earlier_tail():
    before, _ = samples.two_generations()
    stone = Stone(start=len(before))
    stone.payload.append((len(before), b"\0" * 63 + b"\1"))
    return stone.encode(before=before)
