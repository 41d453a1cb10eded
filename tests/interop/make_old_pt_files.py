"""Writes checkpoints as releases of torch from 2016 to 2019 wrote them, and what they must become.

    make_old_pt_files.py FOLDER [PUBLISHED ...]

No installed torch writes these any more, so their bytes are put together here; the installed torch
reads every one of them, and what it reads is what the .stone file must hold. Each case is
FOLDER/<name>.pt, and FOLDER/old_cases.json says what to expect. PUBLISHED are files that others
saved back then.
"""

import collections
import io
import pathlib
import pickle
import shutil
import struct
import sys
import tarfile

import numpy
import torch

from pt_cases import expect, folder, refuse, write_cases

MAGIC = 0x1950A86A20F9469CFC6C
SYSTEM = {"protocol_version": 1001, "little_endian": True,
          "type_sizes": {"short": 2, "int": 4, "long": 4}}  # fmt: skip


class Reduced:
    """Something that is pickled as a call, and perhaps a state."""

    def __init__(self, function, args, state=None):
        self.parts = (function, args) if state is None else (function, args, state)

    def __reduce_ex__(self, protocol):
        return self.parts


class OldBytes(bytes):
    """A str of Python 2 that is no text."""


class OldPickler(pickle._Pickler):
    """Pickles as a release of torch did: tensors by `rebuild`, storages beside the pickle.

    `python2`: every str as Python 2 wrote its own.
    """

    def __init__(self, file, rebuild=torch._utils._rebuild_tensor_v2, python2=False, views=False,
                 location="cpu"):  # fmt: skip
        super().__init__(file, protocol=2)
        self.rebuild = rebuild
        self.python2 = python2
        self.views = views
        self.location = location
        self.storages = {}

    def save_str(self, text):
        if self.python2:
            self.save_old_bytes(text.encode())
        else:
            super().save_str(text)

    def save_old_bytes(self, data):
        if len(data) < 256:
            self.write(pickle.SHORT_BINSTRING + bytes([len(data)]) + data)
        else:
            self.write(pickle.BINSTRING + struct.pack("<i", len(data)) + data)

    def save_bytes(self, data):
        if self.python2:
            self.save_old_bytes(data)
        else:
            super().save_bytes(data)

    dispatch = dict(pickle._Pickler.dispatch)
    dispatch[str] = save_str
    dispatch[bytes] = save_bytes
    dispatch[OldBytes] = save_old_bytes

    def reducer_override(self, value):
        if not isinstance(value, torch.Tensor):
            return NotImplemented
        storage = value._typed_storage()
        args = (storage, value.storage_offset(), tuple(value.shape), value.stride())
        if self.rebuild is torch._utils._rebuild_tensor_v2:
            args += (value.requires_grad, collections.OrderedDict())
        if not isinstance(value, torch.nn.Parameter):
            return self.rebuild, args
        plain = Reduced(self.rebuild, args)
        if self.rebuild is torch._utils._rebuild_tensor_v2:
            return torch._utils._rebuild_parameter, (plain, True, collections.OrderedDict())
        # As releases before 0.4 did it.
        return torch.nn.Parameter, (plain,), (True, False, collections.OrderedDict())

    def persistent_id(self, value):
        if not isinstance(value, torch.storage.TypedStorage):
            return None
        key = str(value._cdata)
        self.storages[key] = value
        view = (key + "0", 0, value._size()) if self.views else None
        kind = getattr(torch, value._pickle_storage_type())
        return ("storage", kind, key, self.location, value._size(), view)


def storage_bytes(storage):
    return struct.pack("<q", storage._size()) + bytes(storage._untyped_storage)


def legacy_bytes(root, **options):
    file = io.BytesIO()
    for part in (MAGIC, 1001, SYSTEM):
        OldPickler(file, python2=options.get("python2", False)).dump(part)
    pickler = OldPickler(file, **options)
    pickler.dump(root)
    keys = sorted(pickler.storages)
    OldPickler(file, python2=options.get("python2", False)).dump(keys)
    for key in keys:
        file.write(storage_bytes(pickler.storages[key]))
    return file.getvalue()


def loaded(name, **options):
    return torch.load(folder / f"{name}.pt", map_location="cpu", **options)


def old(name, root, ties=(), encoding="utf-8", becomes=None, **options):
    """A file in the container before 1.6, which the installed torch must read, too."""
    (folder / f"{name}.pt").write_bytes(legacy_bytes(root, **options))
    read = loaded(name, weights_only=False, encoding=encoding)
    expect(name, read if becomes is None else becomes, ties)


def module_state():
    torch.manual_seed(3)
    net = torch.nn.Sequential(torch.nn.Conv2d(3, 4, 3), torch.nn.BatchNorm2d(4), torch.nn.Linear(4, 2))
    state = net.state_dict()
    return collections.OrderedDict(("module." + name, value) for name, value in state.items())


def training():
    # Of two layers of one shape, so that the optimizer stays the dict that it is.
    net = torch.nn.Sequential(torch.nn.Linear(3, 3), torch.nn.Linear(3, 3))
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1, momentum=0.9)
    net(torch.ones(1, 3)).sum().backward()
    optimizer.step()
    return {"epoch": 90, "arch": "resnet50", "best_prec1": torch.tensor(76.13),
            "state_dict": net.state_dict(), "optimizer": optimizer.state_dict()}  # fmt: skip


before_v2 = torch._utils._rebuild_tensor
old("old_state_dict", module_state())
old("old_state_dict_before_v2", module_state(), rebuild=before_v2)
old("old_training", training())
old("old_training_before_v2", training(), rebuild=before_v2)
old("old_on_a_gpu", module_state(), location="cuda:1")
old("old_python2", {**training(), "unicode": "caf\u00e9", "long": 2**70, "set": {1},
                    "long text": "x" * 300}, python2=True)  # fmt: skip
old("old_python2_before_v2", module_state(), rebuild=before_v2, python2=True)
old("old_python2_bytes", {"a": OldBytes(b"\xff\xfe"), "b": 1}, encoding="bytes",
    becomes={"a": b"\xff\xfe", "b": 1})  # fmt: skip
old("old_python2_numpy", {"mean": numpy.arange(200.0, 212.0).reshape(3, 4), "best": numpy.float32(0.7)},
    python2=True, encoding="latin1")  # fmt: skip
old("old_parameter_before_v2", {"p": torch.nn.Parameter(torch.ones(3)), "n": 1}, rebuild=before_v2)
old("old_parameter", {"p": torch.nn.Parameter(torch.ones(3)), "n": 1})
old("old_empty", {"e": torch.zeros(0, 3), "s": torch.tensor(5)})
old("old_nothing", {"epoch": 3})
base = torch.arange(12.0)
old("old_tied", [base, base[3:7], base.view(3, 4).t()], ties=[["0", "1", "2"]])
old("old_whole_views", {"x": torch.arange(4.0), "y": torch.arange(6)}, views=True)
float_state = (base._typed_storage(), 2, (2, 3), (3, 1))
old("old_tensor_by_its_class", {"x": Reduced(torch.FloatTensor, (), float_state), "n": 1})

for elements in (torch.arange(5).to(getattr(torch, name)) for name in """uint8 int8 int16 int32
    int64 float16 bfloat16 float32 float64 complex64 complex128""".split()):  # fmt: skip
    old(f"old_{elements._typed_storage()._pickle_storage_type()}", elements)
old("old_BoolStorage", torch.tensor([True, False, True]))


class PartialViews(OldPickler):
    """Two storages that are parts of a third, as the first releases could have them."""

    def persistent_id(self, value):
        if not isinstance(value, torch.storage.TypedStorage):
            return None
        self.storages["1"] = base._typed_storage()
        first = {5: 0, 4: 4}[value._size()]
        return ("storage", torch.FloatStorage, "1", "cpu", 12, (f"2{first}", first, value._size()))


def partial_views():
    file = io.BytesIO()
    for part in (MAGIC, 1001, SYSTEM):
        pickle.dump(part, file, protocol=2)
    PartialViews(file).dump([torch.zeros(5), torch.zeros(4)[1:]])
    pickle.dump(["1"], file, protocol=2)
    return file.getvalue() + storage_bytes(base._typed_storage())


(folder / "old_partial_views.pt").write_bytes(partial_views())
read = loaded("old_partial_views", weights_only=False)
assert [x.tolist() for x in read] == [[0.0, 1, 2, 3, 4], [5.0, 6, 7]]
expect("old_partial_views", [base[:5], base[5:8]])

big_endian = legacy_bytes({"x": base}).replace(b"little_endianq\x02\x88", b"little_endianq\x02\x89")
(folder / "old_big_endian.pt").write_bytes(big_endian)
refuse("old_big_endian", "unsupported", "", "the checkpoint is big-endian", "save it again")
twice = legacy_bytes({"x": base}) + legacy_bytes({"y": base})
(folder / "old_twice.pt").write_bytes(twice)
refuse("old_twice", "unsupported", "", "several checkpoints, one behind the other")

# The tar files of the first releases, which torch.load still reads with weights_only=False.


class TarPickler(pickle.Pickler):
    """Tensors and storages by number."""

    def __init__(self, file, numbers):
        super().__init__(file, protocol=2)
        self.numbers = numbers

    def persistent_id(self, value):
        if isinstance(value, torch.Tensor):
            return self.numbers[id(value)]
        return None


def tar_members(root, tensors, storages, parts=()):
    """`tensors`: (number, storage's number, tensor); `storages`: (number, storage)."""

    def pickled(value):
        return pickle.dumps(value, protocol=2)

    value = io.BytesIO()
    TarPickler(value, {id(tensor): number for number, _, tensor in tensors}).dump(root)
    stored = pickled(len(storages))
    for number, storage in storages:
        kind = getattr(torch, storage._pickle_storage_type())
        stored += pickled((number, "cpu", kind)) + storage_bytes(storage)
    stored += pickled(list(parts))
    described = pickled(len(tensors))
    for number, storage, tensor in tensors:
        kind = getattr(torch, tensor.type().removeprefix("torch."))
        described += pickled((number, storage, kind)) + struct.pack("<ii", tensor.dim(), 0)
        described += struct.pack(f"<{2 * tensor.dim()}q", *tensor.shape, *tensor.stride())
        described += struct.pack("<q", tensor.storage_offset())
    system = pickled({**SYSTEM, "protocol_version": 1000})
    return {"sys_info": system, "pickle": value.getvalue(), "tensors": described,
            "storages": stored}  # fmt: skip


def tar_file(name, members, mtime=1480000000.5):
    """A time that is no whole number gives each member an extended header, as it was then."""
    with tarfile.open(folder / f"{name}.pt", "w:", format=tarfile.PAX_FORMAT) as tar:
        for member, data in members.items():
            info = tarfile.TarInfo(member)
            info.size = len(data)
            info.mtime = mtime
            tar.addfile(info, io.BytesIO(data))


def old_tar(name, root, tensors, storages, ties=(), parts=(), **options):
    tar_file(name, tar_members(root, tensors, storages, parts), **options)
    expect(name, loaded(name, weights_only=False), ties)


weight = torch.arange(6.0).view(2, 3)
bias = torch.arange(2, dtype=torch.int64)
numbered = [(94000001, 5, weight), (94000002, 6, bias)]
stored = [(5, weight._typed_storage()), (6, bias._typed_storage())]
state = collections.OrderedDict([("weight", weight), ("bias", bias)])
old_tar("tar_state_dict", state, numbered, stored)
old_tar("tar_plain_headers", state, numbered, stored, mtime=1480000000)
old_tar("tar_nested", {"epoch": 3, "model": state, "again": [weight, weight]}, numbered, stored)
transposed = weight.t()
row = weight[1]
old_tar("tar_tied", [weight, transposed, row],
        [(1, 5, weight), (2, 5, transposed), (3, 5, row)], stored, ties=[["0", "1", "2"]])  # fmt: skip
old_tar("tar_nothing", {"epoch": 3}, [], [])
scalar = torch.zeros(0)
old_tar("tar_empty", {"n": 1, "x": scalar}, [(1, 2, scalar)], [(2, scalar._typed_storage())])
middle = torch.arange(2.0, 5.0)
tar_file("tar_parts", tar_members([middle], [(1, 7, middle)], stored, parts=[(7, 5, 2, 3)]))
assert loaded("tar_parts", weights_only=False)[0].tolist() == [2.0, 3.0, 4.0]
expect("tar_parts", [middle])



class CollectingPickler(pickle.Pickler):
    """Numbers dense tensors and storages as it meets them, as the first releases did."""

    def __init__(self, file):
        super().__init__(file, protocol=2)
        self.tensors, self.storages, self.kept = [], {}, []

    def storage(self, storage):
        self.kept.append(storage)
        self.storages.setdefault(storage.data_ptr(), (len(self.storages) + 500, storage))
        return self.storages[storage.data_ptr()][0]

    def persistent_id(self, value):
        if isinstance(value, torch.storage.TypedStorage):
            return self.storage(value)
        if isinstance(value, torch.Tensor) and value.layout == torch.strided:
            if value.is_quantized:
                return None
            number = self.storage(value._typed_storage())
            self.tensors.append((len(self.tensors) + 1, number, value))
            return len(self.tensors)
        return None


def collected_tar(name, root):
    value = io.BytesIO()
    pickler = CollectingPickler(value)
    pickler.dump(root)
    members = tar_members(None, pickler.tensors, list(pickler.storages.values()))
    tar_file(name, {**members, "pickle": value.getvalue()})
    expect(name, loaded(name, weights_only=False))


matrix = torch.tensor([[0.0, 1, 0, 2], [0, 0, 0, 0], [3, 0, 4, 0], [0, 5, 0, 0]])
collected_tar("tar_sparse", {"coo": matrix.to_sparse(), "csr": matrix.to_sparse_csr(),
                             "csc": matrix.to_sparse_csc(), "bsr": matrix.to_sparse_bsr((2, 1)),
                             "bsc": matrix.to_sparse_bsc((1, 2)), "n": 1})  # fmt: skip
per_channel = torch.quantize_per_channel(
    matrix, torch.tensor([0.1, 0.2, 0.3, 0.4]), torch.tensor([0, 1, 2, 3]), 1, torch.quint8)
collected_tar("tar_quantized", [torch.quantize_per_tensor(matrix, 0.05, 3, torch.qint8),
                                torch.quantize_per_tensor(matrix, 0.05, 3, torch.qint32),
                                per_channel])  # fmt: skip

for path in map(pathlib.Path, sys.argv[2:]):
    shutil.copy(path, folder / path.name)
    expect(path.stem, loaded(path.stem, weights_only=True))

write_cases("old_cases.json")
