"""Whatever is saved comes back: nested states that hypothesis makes up."""

import collections
import tempfile

import hypothesis
import hypothesis.strategies as st
import torch
from conftest import assert_same, ties

import statestone

SETTINGS = hypothesis.settings(
    deadline=None,
    derandomize=True,
    database=None,
    max_examples=150,
    suppress_health_check=list(hypothesis.HealthCheck),
)

DTYPES = [
    torch.float32,
    torch.float64,
    torch.float16,
    torch.bfloat16,
    torch.float8_e4m3fn,
    torch.int64,
    torch.int8,
    torch.uint8,
    torch.bool,
    torch.complex64,
    torch.complex128,
]

integers = st.integers(-(2**300), 2**300) | st.integers(-3, 3) | st.integers(2**62, 2**64 + 2)
floats = st.floats(allow_nan=True, allow_infinity=True)
keys = st.recursive(
    st.none() | st.booleans() | integers | st.floats(allow_nan=False) | st.text() | st.binary(),
    lambda inner: st.lists(inner, max_size=3).map(tuple),
    max_leaves=4,
)
scalars = (
    st.none()
    | st.booleans()
    | integers
    | floats
    | st.complex_numbers()
    | st.text()
    | st.binary()
    | st.binary().map(bytearray)
)


@st.composite
def tensors(draw):
    """Any dtype; no dimension, dimensions of 0 and 1, and strides of views."""
    shape = draw(st.lists(st.integers(0, 4), max_size=4))
    dtype = draw(st.sampled_from(DTYPES))
    seed = draw(st.integers(0, 1000))
    elements = torch.randn(shape, generator=torch.Generator().manual_seed(seed)) * 50
    tensor = elements.to(torch.int64).to(dtype) if dtype == torch.bool else elements.to(dtype)
    if shape and draw(st.booleans()):
        tensor = tensor.permute(draw(st.permutations(range(len(shape)))))
    if shape and draw(st.booleans()):
        tensor = tensor[:: draw(st.integers(1, 2))]
    if shape and draw(st.booleans()):
        tensor = tensor[:1].expand(min(tensor.shape[0], 1) * 3, *tensor.shape[1:])
    if draw(st.booleans()) and (dtype.is_floating_point or dtype.is_complex):
        tensor = tensor.detach().clone().requires_grad_()
    return tensor


def ordered(members):
    made = collections.OrderedDict(members)
    if members:
        made._metadata = collections.OrderedDict(version=len(members))
    return made


states = st.recursive(
    scalars | tensors(),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.lists(inner, max_size=4).map(tuple)
        | st.sets(st.text() | integers, max_size=4)
        | st.frozensets(st.text() | integers, max_size=4)
        | st.dictionaries(keys, inner, max_size=4)
        | st.dictionaries(st.text(), tensors(), max_size=4)
        | st.lists(st.tuples(st.text(), inner), max_size=4).map(ordered)
    ),
    max_leaves=12,
)


def saved_and_loaded(state, **options):
    with tempfile.TemporaryDirectory() as folder:
        statestone.save(state, f"{folder}/state.stone", **options)
        return statestone.load(f"{folder}/state.stone")


@SETTINGS
@hypothesis.given(states)
def test_nested_states_come_back_in_value_type_and_order(state):
    assert_same(saved_and_loaded(state), state)


@SETTINGS
@hypothesis.given(states)
def test_uncompressed_states_come_back_too(state):
    assert_same(saved_and_loaded(state, compression="none"), state)


@SETTINGS
@hypothesis.given(st.dictionaries(st.text(), states, min_size=1, max_size=4))
def test_open_files_give_the_parts_that_loads_give(state):
    with tempfile.TemporaryDirectory() as folder:
        statestone.save(state, f"{folder}/state.stone")
        with statestone.open(f"{folder}/state.stone") as run:
            assert list(run) == list(state)
            for name in state:
                part = run[name]
                assert_same(part.load() if hasattr(part, "load") else part, state[name])


@st.composite
def views(draw):
    """Views of one memory, which overlap or not."""
    memory = torch.arange(40, dtype=torch.float32)
    made = []
    for _ in range(draw(st.integers(2, 6))):
        start = draw(st.integers(0, 30))
        rows = draw(st.integers(1, 3))
        columns = draw(st.integers(1, 3))
        strides = draw(st.sampled_from([(3, 1), (1, 3), (2, 1), (0, 1)]))
        made.append(memory.as_strided((rows, columns), strides, start))
    return made


@SETTINGS
@hypothesis.given(views())
def test_tensors_that_overlap_are_tied_as_they_were(tensors_of_one_memory):
    loaded = saved_and_loaded(tensors_of_one_memory)
    assert ties(loaded) == ties(tensors_of_one_memory)
    assert_same(loaded, tensors_of_one_memory)


@SETTINGS
@hypothesis.given(st.integers(1, 70))
def test_depth_is_kept_up_to_the_limit_of_the_format(depth):
    state = 7
    for _ in range(depth):
        state = [state]
    if depth < 64:
        assert saved_and_loaded(state) == state
        return
    try:
        saved_and_loaded(state)
    except statestone.Error as error:
        assert (error.code, error.expected) == ("limit", "64")
        assert error.entry == "/".join(["0"] * 64)
    else:
        raise AssertionError("nothing was raised")
