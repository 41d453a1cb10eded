"""What section 5.1 and 5.3 demand of the columns of an index."""

import numpy

from reader import limits
from reader.text import check_text
from reader.verdict import corrupt, limit, unsupported

NAMED, ANONYMOUS = 0, 1
RAW, PLANES = 0, 1
NO_FILTER, ROTATE = 0, 1
CHUNK_ALIGNMENT = 64
PAGE_ALIGNED_FROM = 1 << 20
PAGE = 4096


def check_counts(index):
    for what, count, most in [
            ("entries", index.entry_count, limits.ENTRIES),
            ("scopes", len(index.scopes), limits.SCOPES),
            ("tensors", len(index.tensors), limits.TENSORS),
            ("storages", len(index.storages), limits.STORAGES),
            ("chunks", len(index.chunks), limits.CHUNKS)]:
        if count > most:
            raise limit(f"{count} {what}, at most {most} are allowed")


def _check_ends(ends, total, what):
    """Ends of ranges in a pool: never falling, the last one the pool's size."""
    ends = ends.astype(numpy.int64)
    if len(ends) and (falls := numpy.flatnonzero(numpy.diff(ends) < 0)).size:
        at = int(falls[0]) + 1
        raise corrupt(f"{what} of element {at} is {ends[at]}, before the one of the element before")
    last = int(ends[-1]) if len(ends) else 0
    if last != total:
        raise corrupt(f"the last {what} is {last}, the pool has {total}")


def check_ranges(index):
    _check_ends(index.scopes["tensors_end"], len(index.tensors), "tensors_end")
    _check_ends(index.tensors["name_end"], len(index.names), "name_end")
    _check_ends(index.tensors["dims_end"], len(index.dims), "dims_end")


def check_scopes(index):
    kinds = index.scopes["kind"].tolist()
    for scope, kind in enumerate(kinds):
        if kind > ANONYMOUS:
            raise unsupported(f"scope {scope} has the reserved kind {kind}")
    if kinds.count(ANONYMOUS) > 1:
        raise corrupt("more than one scope is anonymous")
    for scope, kind in enumerate(kinds):
        before = None
        for i in index.scope_range(scope):
            name = index.name(i)
            if kind == ANONYMOUS:
                if name:
                    raise corrupt(f"tensor {i} of the anonymous scope has a name")
                continue
            if len(name) > limits.NAME_BYTES:
                raise limit(f"the name of tensor {i} has {len(name)} bytes")
            check_text(name, f"the name of tensor {i}")
            if before is not None and name <= before:
                how = "there twice" if name == before else "not sorted"
                raise corrupt(f"names of scope {scope}: {name!r}, of tensor {i}, is {how}")
            before = name


def check_order(index):
    if not len(index.order):
        return
    if len(index.order) != len(index.tensors):
        raise corrupt(f"order has {len(index.order)} places for {len(index.tensors)} tensors")
    for scope in range(len(index.scopes)):
        places = index.scope_range(scope)
        here = numpy.sort(index.order[places.start:places.stop])
        if not numpy.array_equal(here, numpy.arange(places.start, places.stop)):
            raise corrupt(f"order of scope {scope} is not each of its tensors once")


def check_strided(index):
    first = 0
    before = -1
    for row, (tensor, first_stride) in enumerate(index.strided.tolist()):
        if tensor <= before:
            raise corrupt(f"strided row {row} is of tensor {tensor}, behind one of {before}")
        if tensor >= len(index.tensors):
            raise corrupt(f"strided row {row} is of tensor {tensor} of {len(index.tensors)}")
        if first_stride != first:
            raise corrupt(f"strided row {row}: first_stride is {first_stride}, not {first}")
        before = tensor
        first += len(index.dims_of(tensor))
    if first != len(index.strides):
        raise corrupt(f"the strided rows have {first} strides, the pool has {len(index.strides)}")


def check_storages(index):
    first = 0
    for i, (size, first_chunk, unit, filter_, log2, layout) in enumerate(index.storages.tolist()):
        what = f"storage {i}"
        if size > limits.STORAGE_BYTES:
            raise limit(f"{what} has {size} bytes")
        if unit not in (1, 2, 4, 8):
            raise corrupt(f"{what} has the unit {unit}")
        if log2 > 24 or unit << log2 > limits.CHUNK_BYTES:
            raise limit(f"chunks of {what} have {unit} << {log2} bytes")
        chunk_bytes = unit << log2
        if chunk_bytes < CHUNK_ALIGNMENT:
            raise corrupt(f"chunks of {what} have {chunk_bytes} bytes, at least 64 are needed")
        if filter_ == ROTATE and unit == 1:
            raise corrupt(f"{what} rotates units of one byte")
        if first_chunk != first:
            raise corrupt(f"the first chunk of {what} is {first_chunk}, not {first}")
        first += -(-size // chunk_bytes)
        if first > len(index.chunks):
            raise corrupt(f"{what} needs chunks up to {first}, there are {len(index.chunks)}")
    if first != len(index.chunks):
        raise corrupt(f"the storages have {first} chunks, the column has {len(index.chunks)}")


def check_chunks(index, index_offset):
    chunks = index.chunks
    offsets = chunks["offset"]
    sizes = chunks["stored_bytes"].astype(numpy.uint64)

    def refuse(bad, verdict, text):
        if (found := numpy.flatnonzero(bad)).size:
            i = int(found[0])
            row = dict(zip(chunks.dtype.names, chunks[i].tolist()))
            raise verdict(f"chunk {i} {text.format(**row)}", offset=row["offset"])

    refuse(chunks["base"] != 0, unsupported, "has the reserved base {base}")
    refuse((offsets % 64 != 0) | (offsets < 64), corrupt, "starts at {offset}")
    refuse(sizes == 0, corrupt, "has no stored bytes")
    # The first test keeps the sum of the second from leaving 64 bits.
    refuse(offsets > index_offset, corrupt,
           f"at {{offset}} lies behind the index at {index_offset}")
    refuse(offsets + sizes > index_offset, corrupt,
           f"at {{offset}} with {{stored_bytes}} bytes reaches the index at {index_offset}")
    in_file = chunks[numpy.lexsort((sizes, offsets))]
    one, next_ = in_file[:-1], in_file[1:]
    same = (one["offset"] == next_["offset"]) & (one["stored_bytes"] == next_["stored_bytes"])
    overlap = next_["offset"] < one["offset"] + one["stored_bytes"]
    sums = (one["stored_sum"] == next_["stored_sum"]) & (one["decoded_sum"] == next_["decoded_sum"])
    for bad, text in [(overlap & ~same, "overlap"), (same & ~sums, "are one, with different sums")]:
        if (found := numpy.flatnonzero(bad)).size:
            at = int(in_file["offset"][found[0] + 1])
            raise corrupt(f"the extents of two chunks {text}, at {at}", offset=at)


def chunk_sizes(index, storage):
    """Decoded sizes of a storage's chunks, in order."""
    row = index.storages[storage]
    size, chunk_bytes = int(row["bytes"]), int(row["unit"]) << int(row["chunk_units_log2"])
    return [min(chunk_bytes, size - start) for start in range(0, size, chunk_bytes)]


def check_raw_storages(index):
    for i in numpy.flatnonzero(index.storages["layout"] == RAW).tolist():
        row = index.storages[i]
        first = int(row["first_chunk"])
        end = None
        for at, size in enumerate(chunk_sizes(index, i), first):
            chunk = index.chunks[at]
            offset = int(chunk["offset"])
            if end is None and int(row["bytes"]) >= PAGE_ALIGNED_FROM and offset % PAGE:
                raise corrupt(f"raw storage {i} of {row['bytes']} bytes starts at {offset}, "
                              f"not at a multiple of {PAGE}", offset=offset)
            if end is not None and offset != end:
                raise corrupt(f"raw chunk {at} starts at {offset}, the one before ends at {end}",
                              offset=offset)
            if int(chunk["stored_bytes"]) != size:
                raise corrupt(f"raw chunk {at} has {chunk['stored_bytes']} stored bytes for "
                              f"{size}", offset=offset)
            if chunk["stored_sum"] != chunk["decoded_sum"]:
                raise corrupt(f"raw chunk {at} has two different sums", offset=offset)
            end = offset + size


def check_foreign_dtypes(index, known):
    before = -1
    for row in index.foreign_rows:
        check_text(row.name, f"the name of foreign dtype {row.number}")
        if row.number <= before:
            raise corrupt(f"foreign dtype {row.number} stands behind {before}")
        if row.bits == 0 or row.bits % 8:
            raise corrupt(f"foreign dtype {row.number} has {row.bits} bits")
        if row.number in known and known[row.number][1] * 8 != row.bits:
            raise corrupt(f"foreign dtype {row.number} has {row.bits} bits, but it is "
                          f"{known[row.number][0]}")
        before = row.number
