"""Small sound files that tests start from."""

import struct

from stone_builder import (BFLOAT16, FLOAT32, TENSOR_DICT, UINT8, Stone, attachment, entry, map_of,
                           model, text, value)

FOUR_FLOATS = struct.pack("<4f", 1.0, -2.0, 0.5, 3.25)


def one_tensor():
    """A tensor dict of one 2x2 float32 tensor, stored raw."""
    stone = Stone()
    storage = stone.storage(FOUR_FLOATS)
    stone.tensor(b"weight", [2, 2], FLOAT32, storage)
    stone.entries.append(entry(b"model", value=value(TENSOR_DICT, scope=stone.scope())))
    return stone


def values_only(*values):
    """A file without tensors: one entry for each value."""
    stone = Stone()
    stone.entries = [entry(f"v{i}".encode(), value=tree) for i, tree in enumerate(values)]
    return stone


def coded(stored, decoded, unit=4, filter=0):
    """One chunk, coded by hand, seen as a tensor of bytes."""
    stone = Stone()
    storage = stone.storage(decoded, unit=unit, filter=filter, layout=1, stored=[stored])
    stone.tensor(b"t", [len(decoded)], UINT8, storage)
    stone.entries.append(entry(b"e", value=value(TENSOR_DICT, scope=stone.scope())))
    return stone


def two_tensors():
    """Two independent tensors in one storage, and one more of bfloat16, rotated and in planes."""
    stone = Stone()
    shared = stone.storage(bytes(range(128)))
    halves = stone.storage(struct.pack("<4H", 0x3F80, 0xBF80, 0, 0x4049), unit=2, filter=1,
                           layout=1)
    stone.tensor(b"a", [4], FLOAT32, shared)
    stone.tensor(b"b", [2, 4], FLOAT32, shared, offset=64)
    stone.tensor(b"c", [2, 2], BFLOAT16, halves, kind=1, flags=1)
    stone.entries.append(entry(b"net", value=value(TENSOR_DICT, scope=stone.scope())))
    return stone


def model_and_more():
    """A model with everything it may have, an attachment, a map."""
    stone = Stone()
    storage = stone.storage(FOUR_FLOATS)
    stone.tensor(b"bias", [2], FLOAT32, storage, offset=8, kind=1, flags=1)
    stone.tensor(b"weight", [2], FLOAT32, storage, kind=1)
    scope = stone.scope()
    stone.order = [1, 0]
    bytes_ = stone.storage(b"{}", unit=1)
    stone.entries += [
        entry(b"net", model=model(scope, architecture=b"mlp", version=b"2",
                                  config=map_of(width=value(2, number=2)), training=1,
                                  exceptions=[b"encoder", b"head"], metadata=map_of())),
        entry(b"config.json", attachment=attachment(bytes_, b"application/json")),
        entry(b"notes", value=map_of(title=text("a"), epoch=value(2, number=-1)))]
    return stone


def two_generations():
    """A second generation that keeps the first one's tensor and adds one."""
    first = one_tensor()
    before = first.encode()
    second = Stone(start=len(before))
    second.chunks = list(first.chunks)
    second.storages = list(first.storages)
    more = second.storage(FOUR_FLOATS[::-1])
    second.tensor(b"more", [4], FLOAT32, more)
    second.tensor(b"weight", [2, 2], FLOAT32, 0)
    second.entries.append(entry(b"model", value=value(TENSOR_DICT, scope=second.scope())))
    return before, second
