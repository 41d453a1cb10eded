"""What a file holds, from its index alone: no payload is read."""

from reader.digest import tie_groups
from reader.paths import entry_path, kind_name, references
from reader.tensors import KINDS


def listing(generation):
    index = generation.index
    return {
        "generation": generation.tail.generation,
        "writer": index.writer.decode(),
        "entries": [{"path": entry_path(entry.name), "kind": kind_name(entry)}
                    for entry in index.entries],
        "tensors": [_row(index.tensor(reference.tensor), reference, group)
                    for reference, group in zip(references(index), tie_groups(index))],
    }


def _row(tensor, reference, group):
    return {"path": reference.path, "dtype": tensor.dtype_name, "shape": list(tensor.dims),
            "kind": KINDS[tensor.kind], "tie_group": group}
