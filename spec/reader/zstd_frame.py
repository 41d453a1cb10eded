"""Zstandard frames as format.md, section 8, allows them.

The frame's header and the chain of its blocks (RFC 8878, section 3.1.1) are read here, so that what
the format demands of a frame does not hang on what a library tolerates; the library decodes.
"""

import struct

import zstandard

from reader.verdict import Refused, corrupt

MAGIC = 0xFD2FB528
LONGEST_BLOCK = 128 << 10


def _frame(data):
    """(content size, length of the whole frame)"""
    if len(data) < 5 or struct.unpack_from("<I", data)[0] != MAGIC:
        raise corrupt("it does not start as a frame")
    descriptor = data[4]
    if descriptor & 0x08:
        raise corrupt("a reserved bit of its header is set")
    if descriptor & 0x03:
        raise corrupt("it names a dictionary")
    single_segment = descriptor >> 5 & 1
    size_bytes = [single_segment, 2, 4, 8][descriptor >> 6]
    if not size_bytes:
        raise corrupt("it does not say its content size")
    at = 5 + (0 if single_segment else 1)
    if at + size_bytes > len(data):
        raise corrupt("it ends in its header")
    content = int.from_bytes(data[at:at + size_bytes], "little") + (256 if size_bytes == 2 else 0)
    at += size_bytes
    last = False
    while not last:
        if at + 3 > len(data):
            raise corrupt("it ends before its last block")
        header = int.from_bytes(data[at:at + 3], "little")
        last, kind, size = header & 1, header >> 1 & 3, header >> 3
        if kind == 3 or size > LONGEST_BLOCK:
            raise corrupt(f"a block of it has kind {kind} and {size} bytes")
        at += 3 + (1 if kind == 1 else size)
    return content, at + (4 if descriptor & 4 else 0)


def decode_frame(data, size, what):
    """The `size` bytes of the one frame that `data` is."""
    try:
        content, length = _frame(data)
        if content != size:
            raise corrupt(f"its content size is {content}, not {size}")
        if length != len(data):
            raise corrupt(f"it has {length} bytes of the {len(data)} given to it")
        # A size of 0 is decoded as a stream: the library takes its word for it otherwise.
        decoder = zstandard.ZstdDecompressor()
        decoded = (decoder.decompress(data, allow_extra_data=False) if size
                   else decoder.stream_reader(data).read(1))
    except zstandard.ZstdError as error:
        raise corrupt(f"the zstd frame of {what}: {error}") from None
    except Refused as refused:
        raise corrupt(f"the zstd frame of {what}: {refused.text}") from None
    if len(decoded) != size:
        raise corrupt(f"the zstd frame of {what} gives {len(decoded)} bytes, not {size}")
    return decoded
