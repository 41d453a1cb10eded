"""Section 7: what values say, and the paths that lead to them."""

import pytest
import samples
from reader.container import open_file
from reader.dump import Dump
from stone_builder import (BIG_INT, BOOLEAN, BYTES, COMPLEX128, FLOAT32, FLOAT64, FROZEN_SET, INT64,
                           LIST, MAP, ORDERED_MAP, SET, SIZE, TENSOR, TENSOR_DICT, TUPLE,
                           TYPED_SCALAR, UINT64, Stone, entry, map_of, model, text, value)
from verdicts import OK, opens_with, tensors


def dumped(stone):
    file = stone.encode()
    return Dump(file, open_file(file)).as_json()


def said(tree):
    return dumped(samples.values_only(tree))["entries"][0]["value"]


def path_to(name, wrap, *, tensor_name=b""):
    """The display path of a tensor that `wrap` puts somewhere in an entry."""
    stone = Stone()
    stone.tensor(tensor_name, [4], FLOAT32, stone.storage(samples.FOUR_FLOATS))
    stone.scope(kind=0 if tensor_name else 1)
    stone.entries.append(entry(name, **wrap))
    return list(tensors(stone.encode()))[0]


def keyed(key, name=b"e"):
    leaf = value(TENSOR, tensor=0)
    return path_to(name, {"value": value(MAP, keys=[key], items=[leaf])})


@pytest.mark.parametrize("number, expected", [(0, "0"), (2**63 - 1, "9223372036854775807"),
                                              (-1, "-1"), (-2**63, "-9223372036854775808")])
def test_an_int64_is_the_twos_complement_of_its_number(number, expected):
    assert said(value(INT64, number=number)) == {"kind": "int64", "value": expected}


@pytest.mark.parametrize("number", [2**63, 2**64 - 1])
def test_a_uint64_is_what_int64_cannot_hold(number):
    assert said(value(UINT64, number=number)) == {"kind": "uint64", "value": str(number)}


@pytest.mark.parametrize("number", [2**64, -2**63 - 1, 2**71 - 1, 2**71, -2**71, -2**71 - 1])
def test_a_big_int_has_as_few_bytes_as_hold_it_with_its_sign(number):
    count = (number if number >= 0 else ~number).bit_length() // 8 + 1
    data = number.to_bytes(count, "little", signed=True)
    assert said(value(BIG_INT, data=data)) == {"kind": "big_int", "hex": data.hex()}


def test_a_big_int_within_uint64_is_refused():
    assert opens_with(samples.values_only(value(
        BIG_INT, data=(2**64 - 1).to_bytes(9, "little"))).encode()) == "corrupt"


def test_floats_are_told_by_their_bits():
    assert said(value(FLOAT64, number=0x7FF8000000000001)) == {
        "kind": "float64", "bits": "7ff8000000000001"}
    assert said(value(COMPLEX128, number=1, imaginary=1 << 63)) == {
        "kind": "complex128", "bits": "0000000000000001", "imaginary": "8000000000000000"}


def test_a_typed_scalar_names_its_dtype():
    assert said(value(TYPED_SCALAR, number=17, data=b"\x80\x3f")) == {
        "kind": "typed_scalar", "dtype": "bfloat16", "hex": "803f"}


@pytest.mark.parametrize("kind, name", [(LIST, "list"), (TUPLE, "tuple"), (SET, "set"),
                                        (FROZEN_SET, "frozen_set"), (SIZE, "size")])
def test_a_sequence_keeps_its_items_in_order(kind, name):
    tree = value(kind, items=[value(INT64, number=n) for n in (3, 1, 2)])
    found = said(tree)
    assert found["kind"] == name
    assert [item["value"] for item in found["items"]] == ["3", "1", "2"]


def test_a_map_keeps_its_pairs_in_order_and_its_attributes():
    tree = value(ORDERED_MAP, keys=[text("b"), text("a")], items=[value(0), value(BOOLEAN)],
                 attributes=map_of(x=value(0)))
    assert said(tree) == {
        "kind": "ordered_map",
        "pairs": [[{"kind": "string", "text": "b"}, {"kind": "null"}],
                  [{"kind": "string", "text": "a"}, {"kind": "boolean", "value": False}]],
        "attributes": {"kind": "map",
                       "pairs": [[{"kind": "string", "text": "x"}, {"kind": "null"}]]}}


@pytest.mark.parametrize("extra", [
    pytest.param(value(0, number=1), id="a null with a number"),
    pytest.param(value(7, data=b"a", number=1), id="a string with a number"),
    pytest.param(value(LIST, data=b"a"), id="a list with bytes"),
    pytest.param(value(MAP, tensor=0), id="a map with a tensor"),
    pytest.param(value(INT64, items=[value(0)]), id="an int64 with items"),
])
def test_a_field_that_does_not_count_is_left_out(extra):
    assert opens_with(samples.values_only(extra).encode()) == "corrupt"


def test_what_is_of_an_unknown_kind_is_listed():
    found = dumped(samples.values_only(value(LIST, items=[value(200, number=1), text("a")])))
    assert found["entries"][0]["value"]["items"] == [{"kind": "unknown(200)"},
                                                     {"kind": "string", "text": "a"}]
    assert found["digest"] is None


def test_an_entry_of_an_unknown_kind_may_own_the_scopes_that_nothing_else_does():
    stone = samples.one_tensor()
    stone.entries = [entry(b"later", kind=9)]
    assert opens_with(stone.encode()) == OK


@pytest.mark.parametrize("key, component", [
    (text("a"), "a"), (text(""), ""), (text("0"), "0"), (text("a/b\\c"), "a\\/b\\\\c"),
    (text("#"), "#"), (text("\\#1"), "\\\\#1"),
    (text("\n\x00\x7f"), "\\x0a\\x00\\x7f"), (text("\u202e\u200b\U000e0041"),
                                              "\\u{202e}\\u{200b}\\u{e0041}"),
    (text("\u0080\u00ad\u061c\ufeff\ufffb"), "\\u{80}\\u{ad}\\u{61c}\\u{feff}\\u{fffb}"),
    (text("\u00e9\u4e2d\ufffc"), "\u00e9\u4e2d\ufffc"),
    (value(0), "\\#null"), (value(BOOLEAN, number=1), "\\#true"), (value(BOOLEAN), "\\#false"),
    (value(INT64, number=-7), "\\#-7"), (value(UINT64, number=2**63), "\\#9223372036854775808"),
    (value(BIG_INT, data=(2**64).to_bytes(9, "little")), "\\#18446744073709551616"),
    (value(FLOAT64, number=0x3FF0000000000000), "\\#f3ff0000000000000"),
    (value(BYTES, data=b"\x00\xab"), "\\#b00ab"), (value(TUPLE), "\\#t;"),
    (value(TUPLE, items=[value(INT64, number=1), text("a/")]), "\\#t1,s612f;"),
    (value(TUPLE, items=[value(TUPLE, items=[value(0)]), value(BYTES)]), "\\#ttnull;,b;"),
])
def test_a_key_is_written_so_that_no_other_key_is(key, component):
    assert keyed(key) == "e/" + component


def test_a_path_in_an_entry_without_a_name_starts_inside_it():
    assert keyed(text("a"), name=b"") == "a"
    assert path_to(b"", {"value": value(TENSOR, tensor=0)}) == ""


def test_a_path_in_a_list_has_positions():
    tree = value(LIST, items=[value(0), value(TUPLE, items=[value(TENSOR, tensor=0)])])
    assert path_to(b"e", {"value": tree}) == "e/1/0"


def test_a_path_in_a_dict_or_model_has_the_name_of_the_tensor():
    in_dict = {"value": value(TENSOR_DICT, scope=0)}
    assert path_to(b"a/b", in_dict, tensor_name=b"c/d.e") == "a\\/b/c\\/d.e"
    assert path_to(b"m", {"model": model(0)}, tensor_name=b"w") == "m/w"


def test_no_path_leads_into_attributes():
    tree = value(ORDERED_MAP, attributes=value(MAP, keys=[text("k")],
                                               items=[value(TENSOR, tensor=0)]))
    assert path_to(b"e", {"value": tree}) is None
