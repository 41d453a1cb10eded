"""Section 7: entries, models, attachments."""

import samples
from corpus.case import CORRUPT, LIMIT, bad
from stone_builder import (BIG_INT, INT64, LIST, MAP, TENSOR, TENSOR_DICT, Stone, attachment, entry,
                           model, text, value)


def only(*entries):
    stone = Stone()
    stone.entries = list(entries)
    return stone.encode()


def beside_tensor(*entries):
    """A sound file of one tensor, and more entries."""
    stone = samples.one_tensor()
    stone.entries += entries
    return stone.encode()


def instead(**tables):
    """The tensor and its scope, with another entry for them."""
    stone = samples.one_tensor()
    stone.entries = [entry(b"model", **tables)]
    return stone.encode()


@bad(CORRUPT, "Two entries have one name.")
def entry_names_twice():
    return only(entry(b"a", value=value(0)), entry(b"a", value=value(0)))


@bad(CORRUPT, "An entry's name is not UTF-8.")
def entry_name_not_utf8():
    return only(entry(b"\x80", value=value(0)))


@bad(CORRUPT, "One of two entries has an empty name.")
def empty_name_of_two():
    return only(entry(b"", value=value(0)), entry(b"a", value=value(0)))


@bad(CORRUPT, "A value entry has no value.")
def value_missing():
    return only(entry(b"a"))


@bad(CORRUPT, "A model entry has a value and no model.")
def model_missing():
    return only(entry(b"a", kind=1, value=value(0)))


@bad(CORRUPT, "An attachment entry has no attachment.")
def attachment_missing():
    return only(entry(b"a", kind=2))


@bad(CORRUPT, "A value entry has a model, too.")
def value_with_model():
    return instead(value=value(0), model=model(0), kind=0)


@bad(CORRUPT, "A model entry has an attachment, too.")
def model_with_attachment():
    stone = samples.one_tensor()
    bytes_ = stone.storage(b"bytes", unit=1)
    stone.entries = [entry(b"m", model=model(0), attachment=attachment(bytes_), kind=1)]
    return stone.encode()


@bad(CORRUPT, "An attachment entry has a value, too.")
def attachment_with_value():
    stone = Stone()
    bytes_ = stone.storage(b"bytes", unit=1)
    stone.entries = [entry(b"a", value=value(0), attachment=attachment(bytes_), kind=2)]
    return stone.encode()


@bad(CORRUPT, "An entry of an unknown kind has a value that no value may be.")
def unknown_entry_with_bad_value():
    return only(entry(b"n", kind=99, value=value(BIG_INT)))


@bad(CORRUPT, "A model's scope is not there.")
def model_scope_outside():
    return only(entry(b"a", model=model(0)))


@bad(CORRUPT, "A tensor dict's scope is not there.")
def dict_scope_outside():
    return instead(value=value(TENSOR_DICT, scope=1))


@bad(CORRUPT, "A tensor dict names no scope.")
def dict_scope_left_out():
    return instead(value=value(TENSOR_DICT))


@bad(CORRUPT, "Two tensor dicts have one scope.")
def scope_of_two_dicts():
    return beside_tensor(entry(b"b", value=value(TENSOR_DICT, scope=0)))


@bad(CORRUPT, "A model and a tensor dict have one scope.")
def scope_of_model_and_dict():
    return beside_tensor(entry(b"b", model=model(0)))


@bad(CORRUPT, "A scope belongs to nothing.")
def scope_of_nothing():
    return instead(value=value(0))


@bad(CORRUPT, "A model's scope is the anonymous one.")
def model_of_anonymous_scope():
    stone = Stone()
    stone.tensor(b"", [4], 18, stone.storage(samples.FOUR_FLOATS))
    stone.entries.append(entry(b"m", model=model(stone.scope(kind=1))))
    return stone.encode()


@bad(CORRUPT, "A value is a tensor that is not there.")
def tensor_outside():
    return beside_tensor(entry(b"b", value=value(TENSOR, tensor=1)))


@bad(CORRUPT, "A value of kind tensor names none.")
def tensor_left_out():
    return beside_tensor(entry(b"b", value=value(TENSOR)))


@bad(CORRUPT, "Inside a list inside a model's config is a tensor that is not there.")
def tensor_in_config_outside():
    return instead(model=model(0, config=value(LIST, items=[value(TENSOR, tensor=7)])))


@bad(CORRUPT, "An attachment's storage is not there.")
def attachment_storage_outside():
    return beside_tensor(entry(b"b", attachment=attachment(1)))


@bad(CORRUPT, "An attachment's storage has units of 4 bytes.")
def attachment_of_wide_units():
    return beside_tensor(entry(b"b", attachment=attachment(0)))


@bad(CORRUPT, "The submodules whose training mode is the other one are not sorted.")
def training_exceptions_not_sorted():
    return instead(model=model(0, training=1, exceptions=[b"head", b"encoder"]))


@bad(CORRUPT, "A training exception stands twice.")
def training_exception_twice():
    return instead(model=model(0, training=1, exceptions=[b"head", b"head"]))


@bad(CORRUPT, "A training exception is a number.")
def training_exception_of_no_text():
    named = model(0, training=1, exceptions=[b"head"])
    named.fields[5].nodes[0] = value(INT64, number=1)
    return instead(model=named)


@bad(CORRUPT, "A model's config is null instead of left out: that would be two digests of one model.")
def model_config_null():
    return instead(model=model(0, config=value(0)))


@bad(CORRUPT, "A model's metadata is null instead of left out.")
def model_metadata_null():
    return instead(model=model(0, metadata=value(0)))


@bad(CORRUPT, "A map has a key twice.")
def map_key_twice():
    return only(entry(b"m", value=value(MAP, keys=[text("k"), text("k")],
                                        items=[value(0), value(0)])))


@bad(CORRUPT, "A null has a number.")
def null_with_a_number():
    return only(entry(b"n", value=value(0, number=1)))


@bad(LIMIT, "An integer has 1025 bytes.")
def big_int_too_long():
    return only(entry(b"n", value=value(BIG_INT, data=b"\x01" * 1025)))


@bad(CORRUPT, "A value of an unknown kind names a tensor that is not there.")
def unknown_value_with_tensor_outside():
    return only(entry(b"n", value=value(99, tensor=0)))
