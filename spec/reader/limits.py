"""Limits that every reader enforces (format.md, section 10)."""

RAW_INDEX_BYTES = 512 << 20
#: Times that a coded index may be larger than its stored bytes.
INDEX_EXPANSION = 256
TENSORS = 4194304
STORAGES = 4194304
CHUNKS = 16777216
ENTRIES = 65536
SCOPES = 65536
NAME_BYTES = 65536
RANK = 64
VALUE_NESTING = 64
STORAGE_BYTES = 1 << 56
#: Of the element size times all dimensions that are not zero, and of each stride (section 5.2).
TENSOR_BYTES = 1 << 56
STRIDE = 1 << 56
#: Of one integer, and of a tensor that names its bytes more than once (stride 0).
BIG_INT_BYTES = 1024
REPEATED_BYTES = 4 << 30
CHUNK_BYTES = 16 << 20
#: Of the paths of all places that hold tensors, each counted for each of its tensors.
PATH_BYTES = 512 << 20
