"""Bytes of storages and tensors, each chunk checked before a byte of it is used (section 9)."""

import hashlib

import numpy

from reader.chunks import check_codable, decode_chunk
from reader.container import xxh3_64
from reader.verdict import Refused, corrupt, unsupported


def read_chunk(file, index, chunk, size, storage):
    """The decoded bytes of one chunk, its stored sum checked."""
    row = index.chunks[chunk]
    offset, stored_bytes = int(row["offset"]), int(row["stored_bytes"])
    stored = file[offset:offset + stored_bytes]
    if xxh3_64(stored) != row["stored_sum"]:
        raise corrupt(f"the stored sum of chunk {chunk} is wrong", offset=offset)
    properties = index.storages[storage]
    try:
        return decode_chunk(stored, size, int(properties["unit"]), int(properties["filter"]),
                            int(properties["layout"]))
    except Refused as refused:
        refused.text = f"chunk {chunk}: {refused.text}"
        refused.offset = offset
        raise


class StorageReader:
    """Reads ranges of storages; keeps the last storage it decoded, as tied tensors follow each
    other."""

    def __init__(self, file, index):
        self._file = memoryview(file)
        self._index = index
        self._kept = None

    def read(self, storage, begin, end):
        """Decoded bytes [begin, end) of a storage, as an array."""
        row = self._index.storages[storage]
        check_codable(int(row["filter"]), int(row["layout"]))
        if begin == end:
            return numpy.zeros(0, numpy.uint8)
        chunk_bytes = int(row["unit"]) << int(row["chunk_units_log2"])
        first, last = begin // chunk_bytes, (end - 1) // chunk_bytes
        if self._kept is None or self._kept[0] != (storage, first, last):
            size = int(row["bytes"])
            parts = [read_chunk(self._file, self._index, int(row["first_chunk"]) + i,
                                min(chunk_bytes, size - i * chunk_bytes), storage)
                     for i in range(first, last + 1)]
            joined = numpy.frombuffer(b"".join(parts), numpy.uint8)
            self._kept = ((storage, first, last), joined)
        return self._kept[1][begin - first * chunk_bytes:end - first * chunk_bytes]

    def elements(self, tensor):
        """The elements of a tensor in row-major order, as an array of bytes."""
        if not tensor.known:
            raise unsupported(f"the dtype {tensor.dtype} ({tensor.dtype_name}) is unknown")
        total = tensor.element_bytes
        for dim in tensor.dims:
            total *= dim
        begin, end = tensor.extent()
        extent = self.read(tensor.storage, begin, end)
        # Dimensions of 1 never move; without them at most 56 are left, which NumPy can hold.
        moving = [(d, s) for d, s in zip(tensor.dims, tensor.strides) if d != 1]
        if total == 0:
            return extent
        rows = numpy.lib.stride_tricks.as_strided(
            extent.view(f"V{tensor.element_bytes}"), [d for d, _ in moving],
            [s * tensor.element_bytes for _, s in moving], writeable=False)
        return numpy.ascontiguousarray(rows).reshape(-1).view(numpy.uint8)

    def attachment(self, storage):
        return self.read(storage, 0, int(self._index.storages[storage]["bytes"]))


def sha256(array):
    return hashlib.sha256(memoryview(numpy.ascontiguousarray(array))).digest()
