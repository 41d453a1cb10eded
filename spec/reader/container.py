"""Head, tail and index, checked in the order of format.md, section 9."""

import struct
from dataclasses import dataclass

import xxhash

from reader import columns, limits
from reader.dtypes import DTYPES
from reader.entries import check_entries
from reader.flat_buffer import FlatBuffer
from reader.index import Index
from reader.paths import check_paths
from reader.tensors import check_tensors
from reader.text import check_text
from reader.verdict import INCOMPLETE, NOT_STATESTONE, Refused, corrupt, limit, unsupported
from reader.zstd_frame import decode_frame

MAGIC = b"\xd3STN\r\n\x1a\n"
CLOSING_MAGIC = MAGIC[::-1]
HEAD_BYTES = 64
TAIL_BYTES = 128
ALIGNMENT = 64
VERSION = 1
KNOWN_READ_FEATURES = set()
INDEX_RAW, INDEX_FRAME = 0, 1

_TAIL = struct.Struct("<QQQII16sQQQQ32sQ8s")


@dataclass(frozen=True)
class Tail:
    index_offset: int
    stored_size: int
    raw_size: int
    coding: int
    reserved: int
    index_sum: bytes
    generation: int
    end_offset: int
    previous: int
    previous_sum: int
    reserved_bytes: bytes
    tail_sum: int
    closing_magic: bytes


@dataclass
class Generation:
    """One generation that passed every check of opening; `offset` is its tail's."""
    offset: int
    tail: Tail
    index: Index


def align(offset):
    return -(-offset // ALIGNMENT) * ALIGNMENT


def xxh3_64(data):
    return xxhash.xxh3_64_intdigest(data)


def xxh3_128(data):
    """Low 64 bits first, as the format stores it."""
    return xxhash.xxh3_128_intdigest(data).to_bytes(16, "little")


def check_head(file):
    start = bytes(file[:8])
    if start != MAGIC:
        if start and MAGIC.startswith(start):
            raise Refused(INCOMPLETE, f"the file ends in its magic, after {len(start)} bytes",
                          offset=len(start))
        raise Refused(NOT_STATESTONE, "the magic is not there", offset=0)
    if len(file) < HEAD_BYTES:
        raise Refused(INCOMPLETE, f"the file has {len(file)} bytes, the head alone 64",
                      offset=len(file))
    version, reserved, stored = struct.unpack_from("<I44sQ", file, 8)
    if stored != xxh3_64(file[:56]):
        raise corrupt("the sum of the head is wrong", offset=56)
    if version != VERSION:
        raise unsupported(f"the file is of format version {version}, this reader knows "
                          f"{VERSION}", offset=8)
    if any(reserved):
        raise unsupported("reserved bytes of the head are not zero", offset=12)


def read_tail(file):
    """The tail at the end of `file`, whatever else it says; steps 5 to 7."""
    size = len(file)
    if size < HEAD_BYTES + TAIL_BYTES or size % ALIGNMENT:
        raise Refused(INCOMPLETE, f"a file of {size} bytes does not end in a tail", offset=size)
    tail = Tail(*_TAIL.unpack_from(file, size - TAIL_BYTES))
    if tail.closing_magic != CLOSING_MAGIC:
        raise Refused(INCOMPLETE, "the closing magic is not at the end of the file",
                      offset=size - 8)
    if tail.tail_sum != xxh3_64(file[size - TAIL_BYTES:size - 16]):
        raise corrupt("the sum of the tail is wrong", offset=size - 16)
    if tail.end_offset != size:
        raise Refused(INCOMPLETE, f"the tail says that it ends at {tail.end_offset}, it ends at {size}",
                      offset=size - TAIL_BYTES + 56)
    return tail


def check_tail(tail, offset):
    """Steps 8 to 10, of the tail at `offset`."""
    if tail.reserved or any(tail.reserved_bytes):
        raise unsupported("reserved bytes of the tail are not zero", offset=offset)
    if tail.coding not in (INDEX_RAW, INDEX_FRAME):
        raise unsupported(f"the index has the reserved coding {tail.coding}", offset=offset + 24)
    if tail.raw_size > limits.RAW_INDEX_BYTES:
        raise limit(f"the index has {tail.raw_size} bytes", offset=offset + 16)
    if tail.coding == INDEX_FRAME:
        if tail.raw_size > limits.INDEX_EXPANSION * tail.stored_size:
            raise limit(f"an index of {tail.stored_size} bytes is said to expand to "
                        f"{tail.raw_size}", offset=offset + 16)
        if tail.stored_size >= tail.raw_size:
            raise corrupt(f"the index is coded in {tail.stored_size} bytes, and has only "
                          f"{tail.raw_size}", offset=offset + 8)
    elif tail.stored_size != tail.raw_size:
        raise corrupt(f"the index is stored as it is in {tail.stored_size} bytes, but has "
                      f"{tail.raw_size}", offset=offset + 8)
    if tail.index_offset % ALIGNMENT or tail.index_offset < HEAD_BYTES:
        raise corrupt(f"the index starts at {tail.index_offset}", offset=offset)
    if align(tail.index_offset + tail.stored_size) != offset:
        raise corrupt(f"the index of {tail.stored_size} bytes at {tail.index_offset} does not end "
                      f"before the tail at {offset}", offset=offset)
    if tail.generation < 1:
        raise corrupt("the generation is 0", offset=offset + 48)
    if tail.generation == 1:
        if tail.previous or tail.previous_sum:
            raise corrupt("the first generation names one before it", offset=offset + 64)
    elif (tail.previous % ALIGNMENT or tail.previous < HEAD_BYTES
          or tail.previous + TAIL_BYTES > tail.index_offset):
        raise corrupt(f"the tail before generation {tail.generation} is said to be at "
                      f"{tail.previous}", offset=offset + 64)


def check_index(data, index_offset):
    """Steps 13 to 15: everything of sections 5 to 7 checked."""
    index = Index(FlatBuffer(data).root())
    for feature in index.read_features:
        if feature not in KNOWN_READ_FEATURES:
            raise unsupported(f"the file needs the read feature "
                              f"{feature.decode('utf-8', 'backslashreplace')!r}")
    columns.check_counts(index)
    for texts, what in [(index.write_features, "a write feature"), ([index.writer], "the writer")]:
        for text in texts:
            check_text(text, what)
    columns.check_ranges(index)
    index.decode_tables()
    index.lay_out()
    columns.check_foreign_dtypes(index, DTYPES)
    columns.check_scopes(index)
    columns.check_order(index)
    columns.check_strided(index)
    columns.check_storages(index)
    columns.check_chunks(index, index_offset)
    columns.check_raw_storages(index)
    check_tensors(index)
    check_entries(index)
    check_paths(index)
    return index


def decoded(tail, stored):
    """Step 12."""
    if tail.coding == INDEX_RAW:
        return stored
    return memoryview(decode_frame(stored, tail.raw_size, "the index"))


def open_tail(file, tail, offset):
    check_tail(tail, offset)
    stored = file[tail.index_offset:tail.index_offset + tail.stored_size]
    if xxh3_128(stored) != tail.index_sum:
        raise corrupt("the sum of the index is wrong", offset=tail.index_offset)
    try:
        return Generation(offset, tail, check_index(decoded(tail, stored), tail.index_offset))
    except Refused as refused:
        if refused.offset is None:
            refused.offset = tail.index_offset
        raise


def open_file(file):
    """Opens the last generation of a file, given as bytes or a mapping of it."""
    file = memoryview(file)
    check_head(file)
    tail = read_tail(file)
    return open_tail(file, tail, len(file) - TAIL_BYTES)


def previous_tail(file, tail):
    """The tail of the generation before that of `tail`, checked against what `tail` says of it."""
    end = tail.previous + TAIL_BYTES
    try:
        earlier = read_tail(memoryview(file)[:end])
    except Refused as refused:
        # Where an earlier tail stands is known: what is wrong there is damage, not an early end.
        raise corrupt(f"generation {tail.generation - 1}: {refused.text}",
                      offset=refused.offset) from None
    if earlier.tail_sum != tail.previous_sum:
        raise corrupt(f"the tail at {tail.previous} is not the one that generation "
                      f"{tail.generation} was appended to", offset=tail.previous + 112)
    if earlier.generation != tail.generation - 1:
        raise corrupt(f"generation {earlier.generation} stands before generation "
                      f"{tail.generation}", offset=tail.previous + 48)
    check_tail(earlier, tail.previous)
    return earlier


def open_previous(file, generation):
    """The generation before this one."""
    earlier = previous_tail(file, generation.tail)
    return open_tail(memoryview(file), earlier, generation.tail.previous)
