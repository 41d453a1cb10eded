"""Writes checkpoints with the installed torch, and what each must become as a .stone file.

    make_pt_files.py FOLDER

Each case is FOLDER/<name>.pt, and FOLDER/cases.json says what to expect of it. Cases named legacy_*
are in the container that torch wrote before 1.6.
"""

import argparse
import collections
import datetime
import enum
import pathlib
import types

import numpy
import torch

from pt_cases import bad, cases, expect, folder, good, refuse, save, write_cases


class Color(enum.Enum):
    RED = 1


class Custom:
    def __init__(self):
        self.x = 1


class Subclass(torch.Tensor):
    pass


# Tensors.


def numbers(dtype, count=24):
    raw = torch.arange(count * 16, dtype=torch.int64).remainder(251).to(torch.uint8)
    if dtype == torch.bool:
        return raw[:count] % 2 == 0
    size = torch.empty(0, dtype=dtype).element_size()
    return raw[: count * size].clone().view(dtype)


DTYPES = """bool uint8 int8 int16 int32 int64 float16 bfloat16 float32 float64 complex64
complex128""".split()
NEW_DTYPES = """uint16 uint32 uint64 complex32 float8_e4m3fn float8_e5m2 float8_e4m3fnuz
float8_e5m2fnuz float8_e8m0fnu float4_e2m1fn_x2 bits8 bits16 bits1x8 bits2x4 bits4x2""".split()
for dtype_name in DTYPES + NEW_DTYPES:
    good(f"dtype_{dtype_name}", {"x": numbers(getattr(torch, dtype_name))})

good("scalar_tensor", {"x": torch.tensor(2.5), "n": 1})
good("empty_tensors", {"a": torch.empty(0), "b": torch.empty(3, 0, 2), "n": 1})
good("transposed", {"x": torch.arange(12.0).reshape(3, 4).T})
good("channels_last", {"x": torch.randn(2, 3, 4, 5).to(memory_format=torch.channels_last)})
good("column_of_a_matrix", {"x": torch.arange(20.0).reshape(4, 5)[:, 2]})
good("row_with_an_offset", {"x": torch.arange(20.0)[5:9]})
good("every_other_element", {"x": torch.arange(20.0)[::2]})
good("expanded", {"x": torch.tensor([1.5]).expand(7)})
good("requires_grad", {"x": torch.ones(3, requires_grad=True), "y": torch.ones(3)})
hooked = torch.ones(3, requires_grad=True)
hooked.register_hook(lambda grad: grad)
good("hooks_are_left_out", {"x": hooked})
good(
    "parameters",
    {"x": torch.nn.Parameter(torch.ones(3)), "y": torch.nn.Parameter(torch.ones(3), False)},
)
parameter = torch.nn.Parameter(torch.ones(3))
parameter.tag = "first"
good(
    "parameter_with_attributes",
    {"layer": {"x": parameter}, "n": 1},
    skipped=[["layer/x", "attributes tag of the tensor: a .stone file keeps tensors without attributes"]],
)
tagged = torch.ones(3)
tagged.tag = "second"
good(
    "tensor_with_attributes",
    [tagged],
    skipped=[["0", "attributes tag of the tensor: a .stone file keeps tensors without attributes"]],
)

# Ties.

weight = torch.arange(6.0).reshape(2, 3)
good("tied_weights", {"a.weight": weight, "b.weight": weight.view(2, 3)},
     ties=[["a.weight", "b.weight"]])
good("same_object_under_two_names", {"a": weight, "b": weight}, ties=[["a", "b"]])
good("same_object_twice_in_a_list", [weight, 1, weight])
base = torch.arange(20.0)
good("overlapping_views", {"a": base[0:8], "b": base[4:12], "c": base[12:20]}, ties=[["a", "b"]])
good("nested_views", {"all": base, "a": base[0:3], "b": base[10:12], "even": base[::2]},
     ties=[["all", "a", "b", "even"]])
good("tied_across_dicts", {"model": {"w": weight}, "ema": {"w": weight.T}, "n": 1},
     ties=[["model/w", "ema/w"]])
sixteen = numbers(torch.uint16)
good("one_storage_under_two_dtypes", {"a": sixteen, "b": sixteen.view(torch.float8_e4m3fn)},
     ties=[["a", "b"]])

# Values.

VALUES = {
    "none": None,
    "yes": True,
    "no": False,
    "small": 7,
    "byte": 200,
    "short": 40000,
    "negative": -3,
    "int": 2**31 + 5,
    "long": 2**62,
    "unsigned": 2**64 - 1,
    "big": 2**200 + 12345,
    "big negative": -(2**300),
    "huge": 2**3000 - 1,
    "float": 0.1,
    "inf": float("-inf"),
    "nan": float("nan"),
    "negative zero": -0.0,
    "complex": 1.5 - 2j,
    "text": "h\u00e4ll\u00f6 \U0001f600 a/b\\c",
    "empty text": "",
    "long text": "x" * 70000,
    "bytes": bytes(range(256)),
    "empty bytes": b"",
    "long bytes": b"\xff\x00" * 40000,
    "bytearray": bytearray(b"\x00\x80\xff"),
    "empty bytearray": bytearray(),
    "list": [1, [2, []], (3,)],
    "tuple": (1, 2, 3, 4, 5),
    "empty tuple": (),
    "pair": (0.9, 0.999),
    "set": {3},
    "frozenset": frozenset([4]),
    "size": torch.Size([1, 2, 3]),
    "dtype": torch.bfloat16,
    "fp8 dtype": torch.float8_e8m0fnu,
    "device": torch.device("cuda", 1),
    "cpu": torch.device("cpu"),
    "dict": {"a": 1, 2: "b", None: 3, 2.5: 4, (1, "x"): 5, b"k": 6, True: 7, -(2**70): 8},
    "empty dict": {},
    "ordered": collections.OrderedDict([("z", 1), ("a", 2)]),
    "counter": {"a": 2, "b": 1},
    "many": {i: i * i for i in range(3000)},
    "long list": list(range(-1500, 1500)),
    "shared": [("a",)] * 3,
    "np float32": numpy.float32(0.1),
    "np int64": numpy.int64(-5),
    "np bool": numpy.bool_(True),
    "np complex": numpy.complex64(1 + 2j),
    "np array": numpy.arange(6, dtype=numpy.int16).reshape(2, 3),
    "np fortran": numpy.asfortranarray(numpy.arange(6.0).reshape(2, 3)),
    "np empty": numpy.zeros((0, 4), dtype=numpy.float32),
    "np strided": numpy.arange(20, dtype=numpy.uint8)[::2],
    "np 0-d": numpy.array(3.5),
}
FACTORY_VALUES = dict(VALUES)
FACTORY_VALUES["counter"] = collections.Counter("aab")
FACTORY_VALUES["list default"] = collections.defaultdict(list, {"a": [1]})
FACTORY_VALUES["no default"] = collections.defaultdict(None, {"a": [1]})
BECOMES = dict(VALUES)
BECOMES["list default"] = {"a": [1]}
BECOMES["no default"] = {"a": [1]}
for number in (1, 2, 3, 4, 5):
    good(f"values_protocol_{number}", FACTORY_VALUES, protocol=number, becomes=BECOMES)
    good(f"state_dict_protocol_{number}", torch.nn.Linear(3, 2).state_dict(), protocol=number)

# Roots.

good("root_tensor", torch.arange(3.0))
good("root_list", [1, torch.arange(3.0)])
good("root_number", 5)
good("root_empty_dict", {})
good("root_with_empty_key", {"": 1, "a": 2})
good("root_with_number_key", {1: "a", "b": 2})
good("root_ordered_mixed", collections.OrderedDict([("a", 1), ("b", torch.ones(2))]))
good("root_of_tensors", {"a": torch.ones(2), "b": torch.zeros(2)})
attributed = collections.OrderedDict([("a", torch.ones(2))])
attributed.note = "x"
attributed.other = torch.ones(1)
good("ordered_dict_with_attributes", attributed)
good("module_state_dict", torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.BatchNorm1d(3)).state_dict())


def checkpoint(make_optimizer):
    torch.manual_seed(1)
    net = torch.nn.Sequential(torch.nn.Linear(4, 8), torch.nn.BatchNorm1d(8), torch.nn.Linear(8, 2))
    optimizer = make_optimizer(net.parameters())
    scheduler = torch.optim.lr_scheduler.MultiStepLR(optimizer, [2, 4])
    for _ in range(3):
        def closure():
            optimizer.zero_grad()
            loss = net(torch.randn(5, 4)).square().sum()
            loss.backward()
            return loss
        optimizer.step(closure)
        scheduler.step()
    schedule = scheduler.state_dict()
    plain = {k: dict(v) if isinstance(v, collections.Counter) else v for k, v in schedule.items()}
    saved = {"epoch": 3, "model": net.state_dict(), "optimizer": optimizer.state_dict(),
             "scheduler": schedule, "rng": torch.get_rng_state(), "numpy rng": numpy.random.get_state(),
             "loss": 0.25}
    return saved, {**saved, "scheduler": plain}


for optimizer_name in ("Adam", "SGD", "LBFGS", "Adafactor", "RMSprop"):
    saved, becomes = checkpoint(lambda p: getattr(torch.optim, optimizer_name)(p, lr=0.01))
    good(f"checkpoint_{optimizer_name}", saved, becomes=becomes)

# Sparse and quantized tensors: kept by their parts.

matrix = torch.tensor([[0.0, 1, 0, 2], [0, 0, 0, 0], [3, 0, 4, 0], [0, 5, 0, 0]])
doubled = torch.sparse_coo_tensor(torch.tensor([[1, 1, 0], [2, 2, 1]]), torch.tensor([1.0, 2, 3]), (3, 4))
good("sparse_coo", {"m": {"x": matrix.to_sparse(), "w": torch.ones(2)}})
good("sparse_coo_not_coalesced", {"x": doubled, "coalesced": doubled.coalesce()})
good("sparse_coo_hybrid", {"x": matrix.view(4, 2, 2).to_sparse(1), "s": torch.tensor(3.0).to_sparse()})
good("sparse_coo_empty", [torch.zeros(3, 4).to_sparse(), torch.zeros(0, 4).to_sparse()])
good("sparse_csr", {"x": matrix.to_sparse_csr()})
good("sparse_csr_int32", [torch.sparse_csr_tensor(
    torch.tensor([0, 1, 2], dtype=torch.int32), torch.tensor([0, 1], dtype=torch.int32), torch.ones(2))])
good("sparse_csr_batch", [torch.stack([matrix, matrix]).to_sparse_csr()])
good("sparse_csr_dense", [matrix.view(2, 2, 4).to_sparse_csr(dense_dim=1)])
good("sparse_csc", {"x": matrix[:3].to_sparse_csc()})
good("sparse_bsr", {"x": matrix.to_sparse_bsr((2, 1))})
good("sparse_bsc", {"x": matrix.to_sparse_bsc((1, 2))})
twice = matrix.to_sparse()
good("sparse_twice", {"list": [twice, twice]})
floats = torch.linspace(-1, 1, 24).view(2, 3, 4)
for dtype_name in ("qint8", "quint8", "qint32"):
    quantized = torch.quantize_per_tensor(floats, 0.05, 3, getattr(torch, dtype_name))
    good(f"quantized_{dtype_name}", {"x": quantized})
per_channel = torch.quantize_per_channel(
    floats, torch.tensor([0.1, 0.2, 0.3], dtype=torch.float64), torch.tensor([0, 1, 2]), 1, torch.qint8)
good("quantized_per_channel", {"deep": [per_channel], "n": 1})
good("quantized_float_zero_points", {"x": torch.quantize_per_channel(
    floats, torch.tensor([0.1, 0.2, 0.3]), torch.tensor([0.5, 1, 2]), 1, torch.quint8)})
image = torch.randn(2, 3, 4, 4).contiguous(memory_format=torch.channels_last)
good("quantized_channels_last", {"x": torch.quantize_per_tensor(image, 0.1, 0, torch.qint8)})


# Refused.

UNSAFE = "unsafe"
CANNOT = "unrepresentable"
bad("class_instance", {"model": {"a/b": Custom()}}, UNSAFE, "model/a\\/b",
    "__main__.Custom is not on the list", "--skip-unknown")
bad("function", {"f": torch.nn.functional.relu}, UNSAFE, "f", "torch.nn.functional.relu")
bad("whole_module", torch.nn.Linear(2, 2), UNSAFE, "", "torch.nn.modules.linear.Linear",
    "this file holds a whole module, not a state_dict: load it where it was made and save state_dict()")
bad("module_in_a_dict", {"net": torch.nn.ReLU()}, UNSAFE, "net", "torch.nn.modules.activation.ReLU",
    "whole module")
bad("namespace", {"args": argparse.Namespace(lr=1)}, UNSAFE, "args", "argparse.Namespace", "vars(x)")
bad("simple_namespace", {"args": types.SimpleNamespace(lr=1)}, UNSAFE, "args", "SimpleNamespace",
    "vars(x)")
bad("enumeration", {"c": [1, Color.RED]}, UNSAFE, "c/1", "__main__.Color")
bad("path", {"p": pathlib.PurePosixPath("a/b")}, UNSAFE, "p", "pathlib", "str(path)")
bad("date", {"d": datetime.date(2020, 1, 2)}, UNSAFE, "d", "datetime.date", "isoformat()")
bad("deque", {"d": collections.deque([1])}, UNSAFE, "d", "collections.deque")
bad("range", {"d": range(3)}, UNSAFE, "d", "range")
bad("default_dict_of_a_class", {"d": collections.defaultdict(Custom)}, UNSAFE, "d", "defaultdict")
bad("builtin_function", {"d": print}, UNSAFE, "d", "print")
bad("subclass", {"x": torch.ones(2).as_subclass(Subclass)}, CANNOT, "x", "__main__.Subclass",
    "as_subclass")
bad("sparse_parameter", {"m": {"x": torch.nn.Parameter(torch.eye(3).to_sparse())}}, CANNOT, "m/x",
    "sparse tensor", "to_dense()")
packed = torch.quantize_per_channel(torch.ones(2, 4), torch.tensor([0.1, 0.2]), torch.zeros(2), 0,
                                    torch.quint4x2)  # fmt: skip
bad("quantized_4_bits", {"x": packed}, CANNOT, "x", "several elements in a byte", "int_repr()")
bad("meta", {"x": torch.empty(3, device="meta")}, CANNOT, "x", "meta tensor")
bad("nested", {"x": torch.nested.nested_tensor([torch.ones(2), torch.ones(3)])}, CANNOT, "x",
    "nested tensor", "unbind()")
bad("conjugate", {"x": torch.ones(2, dtype=torch.complex64).conj()}, CANNOT, "x", "conj bit",
    "resolve_conj()")
bad("negative_bit", {"x": torch.ones(2, dtype=torch.complex64).conj().imag}, CANNOT, "x", "neg bit",
    "resolve_neg()")
bad("layout", {"x": torch.strided}, CANNOT, "x", "torch.layout")
bad("qscheme", {"x": torch.per_tensor_affine}, CANNOT, "x", "torch.qscheme")
bad("untyped_storage", {"x": torch.ones(2).untyped_storage()}, CANNOT, "x", "storage")
bad("class_on_the_list", {"x": collections.OrderedDict}, CANNOT, "x", "collections.OrderedDict")
bad("uninitialized", {"x": torch.nn.parameter.UninitializedParameter()}, CANNOT, "x", "no shape yet")
bad("object_array", {"x": numpy.array([None, 1], dtype=object)}, CANNOT, "x", "NumPy data of type O8")
bad("text_array", {"x": numpy.array(["a", "bc"])}, CANNOT, "x", "NumPy data of type U2")
bad("big_endian_array", {"x": numpy.arange(3, dtype=">i4")}, CANNOT, "x", "big-endian NumPy data")
bad("big_endian_scalar", {"x": numpy.array(3, dtype=">f8")[()].newbyteorder() if False
                          else numpy.ma.core.masked_array([1])}, UNSAFE, "x", "numpy.ma")
bad("date_scalar", {"x": numpy.datetime64("2020-01-01")}, CANNOT, "x", "NumPy data of type M8")
bad("numpy_dtype", {"x": numpy.dtype("f4")}, CANNOT, "x", "a NumPy dtype by itself")
bad("surrogate", {"a": {"b": "\ud800"}}, CANNOT, "a/b", "not valid UTF-8")
bad("surrogate_in_a_key", {"a": {"\ud800": 1}}, CANNOT, "a", "not valid UTF-8")
bad("dtype_key", {"a": {torch.float32: 1}}, CANNOT, "a", "key of kind dtype")
loop = [1]
loop.append({"again": loop})
bad("list_in_itself", {"a": loop}, CANNOT, "a/1/again", "holds itself")
ring = {}
ring["me"] = ring
bad("dict_in_itself", {"a": ring}, CANNOT, "a/me", "holds itself")
deep = 1
for _ in range(70):
    deep = [deep]
bad("nested_too_deep", {"a": deep}, "limit", "a" + "/0" * 64, "nested too deep")
dag = []
for _ in range(60):
    dag = [dag, dag]
bad("doubling_lists", {"a": dag}, "limit", None, "refers to the same containers too often")
crossing = torch.zeros(2**14).as_strided((2**10,) * 4, (3, 3, 3, 1))
bad("crossing_views", {"x": crossing}, "limit", "x", "too many times over")

# Left out on request.

good(
    "skip_unknown",
    {"model": {"w": torch.ones(2)}, "args": argparse.Namespace(), "deep": {"keep": 1, "a/b": Custom()},
     "list": [1, [Custom()]], "after": 2},
    becomes={"model": {"w": torch.ones(2)}, "deep": {"keep": 1}, "after": 2},
    skip_unknown=True,
    skipped=[["args", "argparse.Namespace is not on the list"],
             ["list", "__main__.Custom is not on the list"],
             ["deep/a\\/b", "__main__.Custom is not on the list"]],
)
good(
    "skip_unknown_leaves_tensors",
    {"w": torch.ones(2), "args": argparse.Namespace()},
    becomes={"w": torch.ones(2)},
    skip_unknown=True,
    skipped=[["args", "argparse.Namespace is not on the list"]],
)
good(
    "skip_unknown_drops_tensors_beside",
    {"n": 1, "list": [torch.ones(2), Custom()]},
    becomes={"n": 1},
    skip_unknown=True,
    skipped=[["list", "__main__.Custom is not on the list"]],
)

# Containers that torch refuses or misses.

torch.serialization.set_crc32_options(False)
good("without_sums", {"x": torch.ones(3)})
torch.serialization.set_crc32_options(True)
torch.jit.save(torch.jit.script(torch.nn.Linear(2, 2)), folder / "script.pt")
cases.append({"name": "script", "code": "unsupported", "entry": "",
              "texts": ["TorchScript archive", "torch.jit.load"]})

write_cases("cases.json")
