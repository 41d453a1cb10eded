"""``safe_open``: a file of tensors, looked at as ``safetensors.safe_open`` does."""

from __future__ import annotations

import os
from types import TracebackType
from typing import Any

from . import _native
from ._error import Error
from ._frameworks import find_framework
from ._nodes import Source, TensorNode
from ._saving import Path
from ._tensor_files import metadata_of, tensor_dict

_FRAMEWORKS = {"pt": "torch", "torch": "torch", "np": "numpy", "numpy": "numpy"}
_DTYPES = {
    "bool": "BOOL",
    "bfloat16": "BF16",
    "complex64": "C64",
    "float8_e4m3fn": "F8_E4M3",
    "float8_e5m2": "F8_E5M2",
    "float8_e8m0fnu": "F8_E8M0",
}


class TensorSlice:
    """A tensor of which parts are read: ``f.get_slice(name)[10:20]``."""

    def __init__(self, node: TensorNode):
        self._node = node

    def get_shape(self) -> list[int]:
        return list(self._node.shape)

    def get_dtype(self) -> str:
        """In the spelling of safetensors, such as ``F32`` or ``BF16``."""
        name = self._node.dtype
        for prefix in ("float", "int", "uint"):
            bits = name.removeprefix(prefix)
            if bits != name and bits.isdecimal():
                return f"{prefix[0].upper()}{bits}"
        return _DTYPES.get(name, name.upper())

    def __getitem__(self, key: Any) -> Any:
        return self._node[key]


class safe_open:  # noqa: N801 - as safetensors spells it
    """A ``.stone`` file that is one dict of tensors, with the calls of ``safetensors.safe_open``.

    Args:
        filename: the file.
        framework: "pt" or "np".
        device: of torch, its name or number.
        backend: "mmap", the default, or "pread".

    Raises:
        Error: as ``statestone.open``; ``invalid_argument`` for a file that is something else.
    """

    def __init__(
        self, filename: Path, framework: str, device: Any = "cpu", *, backend: str = "mmap"
    ):
        name = _FRAMEWORKS.get(framework)
        if name is None:
            raise Error(
                "invalid_argument",
                "no such framework",
                expected='"pt" or "np"',
                found=repr(framework),
            )
        reader = _native.Reader.open(filename, access_of(backend), False, 0, None, 0, False)
        self._source = Source(reader, find_framework(name, device_name(device)))
        self._tensors = tensor_dict(self._source, os.fsdecode(filename))

    def __enter__(self) -> safe_open:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        pass

    def keys(self) -> list[str]:
        return list(self._tensors)

    def offset_keys(self) -> list[str]:
        return self.keys()

    def metadata(self) -> dict[str, str] | None:
        return metadata_of(self._tensors)

    def get_tensor(self, name: str) -> Any:
        return self._tensors[name].plain()

    def get_tensors(self) -> dict[str, Any]:
        return {name: self.get_tensor(name) for name in self._tensors}

    def get_slice(self, name: str) -> TensorSlice:
        return TensorSlice(self._tensors[name])


def access_of(backend: str) -> str:
    """How files are read. "mmap" still reads files that are better not mapped, as on a network."""
    access = {"mmap": "auto", "pread": "read"}.get(backend)
    if access is None:
        raise Error(
            "invalid_argument", "no such backend", expected='"mmap" or "pread"', found=repr(backend)
        )
    return access


def device_name(device: Any) -> Any:
    """safetensors takes the number of a CUDA device too."""
    return f"cuda:{device}" if isinstance(device, int) else device
