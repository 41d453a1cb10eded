"""Section 5.2: tensors and their extents."""

import samples
from corpus.case import CORRUPT, LIMIT, bad
from corpus.columns import changed
from stone_builder import COMPLEX128_DTYPE, FLOAT32, TENSOR_DICT, Stone, entry, value


def tensor(dims, dtype=FLOAT32, *, data=samples.FOUR_FLOATS, **fields):
    stone = Stone()
    stone.tensor(b"t", dims, dtype, stone.storage(data), **fields)
    stone.entries.append(entry(b"e", value=value(TENSOR_DICT, scope=stone.scope())))
    return stone.encode()


@bad(CORRUPT, "A tensor is in a storage that is not there.")
def storage_outside():
    return changed(samples.one_tensor(), "tensors", 0, storage=1)


@bad(CORRUPT, "A tensor has a dtype that is neither known nor among the foreign ones.")
def dtype_unknown():
    return tensor([4], 200)


@bad(CORRUPT, "A tensor has the dtype 0.")
def dtype_zero():
    return tensor([4], 0)


@bad(CORRUPT, "A float32 tensor starts at byte 2.")
def offset_inside_element():
    return tensor([2], offset=2)


@bad(CORRUPT, "A complex128 tensor starts at byte 8, half an element in.")
def offset_inside_complex_element():
    return tensor([1], COMPLEX128_DTYPE, data=bytes(32), offset=8)


@bad(CORRUPT, "A tensor has one row more than its storage.")
def shape_larger_than_storage():
    return tensor([3, 2])


@bad(CORRUPT, "A tensor that would fit its storage starts too late in it.")
def offset_too_late():
    return tensor([4], offset=4)


@bad(CORRUPT, "A tensor starts at 2^64 - 4, so that its end in 64 bits is inside its storage.")
def extent_wraps_around():
    return tensor([2], offset=2**64 - 4)


@bad(CORRUPT, "A tensor without elements starts behind the end of its storage.")
def empty_tensor_behind_storage():
    return tensor([0], offset=20)


@bad(CORRUPT, "A scalar starts at the end of its storage.")
def scalar_behind_storage():
    return tensor([], offset=16)


@bad(CORRUPT, "A stride leads out of the storage.")
def stride_too_long():
    return tensor([2, 2], strides=[3, 1])


@bad(CORRUPT, "A stride of 2^56 leads out of the storage.")
def stride_of_2_to_56():
    return tensor([2], strides=[1 << 56])


@bad(LIMIT, "A stride is -1; nothing steps along it, as its dimension is 1.")
def stride_negative():
    return tensor([1], strides=[2**64 - 1])


@bad(LIMIT, "A stride is 2^56 + 1; nothing steps along it, as its dimension is 1.")
def stride_above_limit():
    return tensor([1], strides=[(1 << 56) + 1])


@bad(LIMIT, "The dimensions that are not zero have more than 2^56 bytes; a zero makes it empty.")
def dims_above_limit():
    return tensor([1 << 55, 0])


@bad(LIMIT, "The product of the dimensions, computed in 64 bits, comes out as 0.")
def dims_wrap_around():
    return tensor([1 << 32, 1 << 32, 0])


@bad(LIMIT, "A view of stride 0 makes 2^57 bytes of four.")
def broadcast_above_limit():
    return tensor([1 << 55], strides=[0])


@bad(LIMIT, "A tensor has 65 dimensions.")
def rank_above_limit():
    return tensor([1] * 65)


@bad(LIMIT, "A tensor repeats four floats into more than 4 GiB.")
def repeats_without_end():
    return tensor([1 << 54], strides=[0])
