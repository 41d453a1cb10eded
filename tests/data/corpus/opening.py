"""Steps 1 to 11 of opening: head, tail, and where the index is."""

import samples
from corpus.case import CORRUPT, INCOMPLETE, LIMIT, NOT_STATESTONE, bad
from stone_builder import MAGIC, Stone, attachment, entry, head_bytes

SOUND = samples.one_tensor().encode()


def flipped(file, at):
    return file[:at] + bytes([file[at] ^ 1]) + file[at + 1:]


def with_tail(**fields):
    return samples.one_tensor().encode(**fields)


def appended(**fields):
    before, stone = samples.two_generations()
    return stone.encode(before=before, **fields)


@bad(NOT_STATESTONE, "A file of no bytes.")
def empty():
    return b""


@bad(INCOMPLETE, "The first five bytes of the magic.")
def magic_cut_short():
    return MAGIC[:5]


@bad(NOT_STATESTONE, "A file of five bytes that are not the magic's.")
def five_other_bytes():
    return b"\xd3STN\n"


@bad(NOT_STATESTONE, "One bit of the magic is flipped.")
def magic_wrong():
    return flipped(SOUND, 3)


@bad(NOT_STATESTONE, "A transfer as text made CR LF into LF.")
def line_ends_changed():
    return SOUND.replace(b"\r\n", b"\n")


@bad(INCOMPLETE, "The magic and nothing behind it.")
def magic_alone():
    return MAGIC


@bad(INCOMPLETE, "The head, cut off before its sum.")
def head_cut_short():
    return head_bytes()[:40]


@bad(INCOMPLETE, "A head and nothing behind it.")
def head_alone():
    return head_bytes()


@bad(CORRUPT, "The head's sum is wrong.")
def head_sum_wrong():
    return flipped(SOUND, 60)


@bad(CORRUPT, "The head says version 2, but its sum is that of version 1.")
def version_changed_by_damage():
    return SOUND[:8] + b"\2" + SOUND[9:]


@bad(CORRUPT, "The head's sum is wrong and the tail is missing: the head is looked at first.")
def head_sum_wrong_in_cut_file():
    return flipped(SOUND, 60)[:200]


@bad(INCOMPLETE, "The last byte is missing.")
def last_byte_missing():
    return SOUND[:-1]


@bad(INCOMPLETE, "One byte too many at the end.")
def one_byte_more():
    return SOUND + b"\0"


@bad(INCOMPLETE, "64 zero bytes behind the tail.")
def zeros_behind_tail():
    return SOUND + bytes(64)


@bad(INCOMPLETE, "The second half of the tail is missing.")
def tail_cut_in_half():
    return SOUND[:-64]


@bad(INCOMPLETE, "The whole tail is missing.")
def tail_missing():
    return SOUND[:-128]


@bad(INCOMPLETE, "One bit of the closing magic is flipped.")
def closing_magic_wrong():
    return flipped(SOUND, len(SOUND) - 1)


@bad(INCOMPLETE, "A file that ends in a closing magic, but is too short to have a tail.")
def closing_magic_in_short_file():
    return head_bytes() + bytes(56) + MAGIC[::-1]


@bad(CORRUPT, "The tail's sum is wrong.")
def tail_sum_wrong():
    return flipped(SOUND, len(SOUND) - 16)


@bad(CORRUPT, "A byte of the index's sum is changed, so the tail's sum is wrong.")
def tail_damaged():
    return flipped(SOUND, len(SOUND) - 90)


@bad(INCOMPLETE, "The tail says that the file has 64 bytes more.")
def end_offset_wrong():
    return with_tail(end_offset=len(SOUND) + 64)


@bad(INCOMPLETE, "A whole file is the payload of another, which is cut off just behind it.")
def cut_behind_nested_file():
    outer = Stone()
    outer.entries.append(entry(b"inner", attachment=attachment(outer.storage(SOUND, unit=1))))
    return outer.encode()[:64 + len(SOUND)]


@bad(INCOMPLETE, "As the one before, and the inner file is of a version to come.")
def cut_behind_nested_later_file():
    inner = with_tail(reserved_bytes=bytes(31) + b"\1")
    outer = Stone()
    outer.entries.append(entry(b"inner", attachment=attachment(outer.storage(inner, unit=1))))
    return outer.encode()[:64 + len(inner)]


@bad(CORRUPT, "The generation is 0.")
def generation_zero():
    return with_tail(generation=0)


@bad(CORRUPT, "The first generation names one before it.")
def first_generation_with_previous():
    return with_tail(previous=64)


@bad(CORRUPT, "The first generation has the sum of one before it.")
def first_generation_with_previous_sum():
    return with_tail(previous_sum=1)


@bad(CORRUPT, "The second generation does not name the first one.")
def second_generation_without_previous():
    return appended(previous=0)


@bad(CORRUPT, "The tail of the generation before is said to be at no multiple of 64.")
def previous_not_aligned():
    return appended(previous=len(SOUND) - 120)


@bad(CORRUPT, "The tail of the generation before is said to be where the index is.")
def previous_behind_index():
    return appended(previous=len(SOUND) + 64)


@bad(CORRUPT, "The end of the tail before, computed in 64 bits, would come out as 64.")
def previous_wraps_around():
    return appended(previous=2**64 - 64)


@bad(LIMIT, "The tail says that the index has 512 MiB and a byte.")
def index_above_limit():
    return with_tail(raw_size=(512 << 20) + 1, stored_size=(512 << 20) + 1)


@bad(LIMIT, "The tail says that the index has 2^64 - 1 bytes.")
def index_size_all_ones():
    return with_tail(raw_size=2**64 - 1, stored_size=2**64 - 1)


@bad(CORRUPT, "The index is stored as it is, but its two sizes differ.")
def index_sizes_differ():
    return with_tail(raw_size=64)


@bad(CORRUPT, "The index starts at no multiple of 64.")
def index_offset_not_aligned():
    return with_tail(index_offset=136)


@bad(CORRUPT, "The index starts at 0, where the head is.")
def index_offset_zero():
    return with_tail(index_offset=0)


@bad(CORRUPT, "The end of the index, computed in 64 bits, would come out before its start.")
def index_end_wraps_around():
    return with_tail(index_offset=2**64 - 64)


@bad(CORRUPT, "The index ends 64 bytes before the tail.")
def index_ends_early():
    return with_tail(index_offset=64)


@bad(CORRUPT, "The index reaches into the tail.")
def index_reaches_into_tail():
    return with_tail(stored_size=400, raw_size=400)


@bad(CORRUPT, "The sum of the index is wrong.")
def index_sum_wrong():
    return with_tail(index_sum=bytes(16))


@bad(CORRUPT, "The two halves of the index's sum are swapped.")
def index_sum_halves_swapped():
    stored = SOUND[-96:-80]
    return with_tail(index_sum=stored[8:] + stored[:8])


@bad(CORRUPT, "A bit of a tensor's name in the index is flipped.")
def index_damaged():
    return flipped(SOUND, SOUND.index(b"weight"))
