"""Earlier generations, and the last complete one of a file that was cut off: format.md, sections 9.1
and 9.2. A generation is a file of its own: what lies before its end offset."""

from reader.container import (
    ALIGNMENT, CLOSING_MAGIC, HEAD_BYTES, TAIL_BYTES, check_head, open_file, open_tail, previous_tail,
    read_tail,
)
from reader.verdict import INCOMPLETE, NOT_FOUND, Refused, limit

#: What a search may read of false tails' indexes: so many times the file, and so much anyway.
PASSES = 4
ALWAYS = 1 << 30


def generation_of(file, number):
    """The bytes of the file up to the end of a generation."""
    file = memoryview(file)
    tail = open_file(file).tail
    if not 1 <= number <= tail.generation:
        raise Refused(NOT_FOUND, f"the file has generations 1 to {tail.generation}")
    while tail.generation != number:
        tail = previous_tail(file, tail)
    return file[:tail.end_offset]


def last_complete(file):
    """The bytes of the file up to the end of its last complete generation."""
    file = memoryview(file)
    check_head(file)
    budget = PASSES * len(file) + ALWAYS
    for end in range(len(file) // ALIGNMENT * ALIGNMENT, HEAD_BYTES + TAIL_BYTES - 1, -ALIGNMENT):
        if file[end - len(CLOSING_MAGIC):end] != CLOSING_MAGIC:
            continue
        try:
            tail = read_tail(file[:end])
            budget -= tail.stored_size + tail.raw_size
            if budget < 0:
                break
            open_tail(file[:end], tail, end - TAIL_BYTES)
            while tail.generation > 1:
                tail = previous_tail(file, tail)
            return file[:end]
        except Refused:
            continue
    if budget < 0:
        raise limit("the file has more false tails than an unfinished write leaves")
    raise Refused(INCOMPLETE, "no generation in the file is complete", offset=len(file))
