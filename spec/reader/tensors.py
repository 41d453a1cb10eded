"""What section 5.2 demands of each tensor."""

from reader import limits
from reader.index import extent_bytes
from reader.verdict import corrupt, limit, unsupported

PLAIN, PARAMETER, BUFFER = 0, 1, 2
KINDS = ["tensor", "parameter", "buffer"]
REQUIRES_GRAD = 1


def check_tensors(index):
    storage_bytes = index.storages["bytes"].tolist()
    for i, row in enumerate(index.tensors.tolist()):
        _, _, storage, dtype, kind, flags, offset = row
        what = f"tensor {i}"
        if kind > BUFFER:
            raise unsupported(f"{what} has the reserved kind {kind}")
        if flags & ~REQUIRES_GRAD:
            raise unsupported(f"{what} has reserved flags: {flags:#x}")
        element = index.element(dtype)
        if element is None:
            raise corrupt(f"{what} has the unknown dtype {dtype}, which is not in foreign_dtypes")
        if storage >= len(storage_bytes):
            raise corrupt(f"{what} is in storage {storage} of {len(storage_bytes)}")
        size = element[1]
        if offset % size:
            raise corrupt(f"{what} starts at {offset}, not at a multiple of its element's {size}")
        dims = index.dims_of(i)
        if len(dims) > limits.RANK:
            raise limit(f"{what} has {len(dims)} dimensions")
        product = size
        for dim in dims:
            product *= dim or 1
        if product > limits.TENSOR_BYTES:
            raise limit(f"{what} of shape {list(dims)} has more than 2^56 bytes")
        strides = index.strides_of(i, dims)
        if strides and max(strides) > limits.STRIDE:
            raise limit(f"{what} has a stride of {max(strides)}")
        extent = extent_bytes(dims, strides, size)
        if extent < product and 0 not in dims and product > limits.REPEATED_BYTES:
            raise limit(f"{what} names {product} bytes in {extent}")
        end = offset + extent
        if end > storage_bytes[storage]:
            raise corrupt(f"{what} ends at {end} of storage {storage}, which has "
                          f"{storage_bytes[storage]} bytes")
