"""Verify: everything is read and nothing of the file is left unchecked (format.md, section 9)."""

import numpy

from reader.columns import chunk_sizes
from reader.container import HEAD_BYTES, TAIL_BYTES, open_file, open_previous, xxh3_64
from reader.paths import owner_of_storage
from reader.storage_reader import read_chunk
from reader.verdict import Refused, UnknownCoding, corrupt


class Report:
    """What a file that is sound has; `not_decoded` are chunks of codings of a later version."""

    def __init__(self):
        self.generations = 0
        self.chunks = 0
        self.not_decoded = []

    def as_json(self):
        return {"code": "ok", "generations": self.generations, "chunks": self.chunks,
                "not_decoded": self.not_decoded}


def verify(file):
    """Raises Refused at the first thing that is wrong, else returns a Report."""
    file = memoryview(file)
    report = Report()
    covered = [(0, HEAD_BYTES)]
    chunk_extents = set()
    # Generations share chunks; one that was found good once need not be read again.
    good = set()
    generation = open_file(file)
    newest = generation.tail.generation
    while True:
        try:
            _verify_chunks(file, generation, good, report)
        except Refused as refused:
            if generation.tail.generation != newest:
                refused.text = f"generation {generation.tail.generation}: {refused.text}"
            raise
        tail = generation.tail
        covered.append((tail.index_offset, tail.index_offset + tail.stored_size))
        covered.append((generation.offset, generation.offset + TAIL_BYTES))
        chunks = generation.index.chunks
        chunk_extents.update(zip(chunks["offset"].tolist(),
                                 (chunks["offset"] + chunks["stored_bytes"]).tolist()))
        report.generations += 1
        if tail.generation == 1:
            break
        generation = open_previous(file, generation)
    _verify_gaps(file, sorted(covered + list(chunk_extents)))
    return report


def _verify_chunks(file, generation, good, report):
    index = generation.index
    for storage, row in enumerate(index.storages.tolist()):
        _, first, unit, filter_, _, layout = row
        for chunk, size in enumerate(chunk_sizes(index, storage), first):
            identity = (*index.chunks[chunk].tolist(), size, unit, filter_, layout)
            if identity in good:
                continue
            report.chunks += 1
            try:
                decoded = read_chunk(file, index, chunk, size, storage)
                if xxh3_64(decoded) != index.chunks[chunk]["decoded_sum"]:
                    raise corrupt(f"the decoded sum of chunk {chunk} is wrong",
                                  offset=int(index.chunks[chunk]["offset"]))
            except UnknownCoding as unknown:
                report.not_decoded.append({"generation": generation.tail.generation,
                                           "offset": int(index.chunks[chunk]["offset"]),
                                           "text": unknown.text})
            except Refused as refused:
                refused.entry = owner_of_storage(index, storage)
                raise
            good.add(identity)


def _verify_gaps(file, covered):
    reached = 0
    for start, end in covered:
        if start < reached:
            raise corrupt(f"what stands at {start} overlaps what ends at {reached}", offset=start)
        if start > reached:
            gap = numpy.frombuffer(file[reached:start], numpy.uint8)
            if (found := numpy.flatnonzero(gap)).size:
                at = reached + int(found[0])
                raise corrupt(f"the byte at {at} is {file[at]:#04x}, but nothing is said of it",
                              offset=at)
        reached = end
