"""Which library the tensors of a load belong to: torch, NumPy, or neither."""

from __future__ import annotations

import importlib.util
import sys
from typing import Any, Protocol

from ._error import Error


class Framework(Protocol):
    """What loads need of a library of tensors.

    A *memory* is bytes of the library's own: tensors made in one share it, and so are tied.
    """

    def empty(self, info: Any) -> tuple[Any, int]:
        """A tensor of its own, dense row-major, elements unset, and the address of the first."""

    def memory(self, nbytes: int) -> tuple[Any, int]:
        """Unset bytes and their address, a multiple of 16."""

    def memory_over(self, buffer: Any) -> Any:
        """A memory that is the bytes of a buffer, which it keeps alive."""

    def tensor_in(self, memory: Any, info: Any, offset: int) -> Any:
        """The tensor whose element (0, ..., 0) lies at a byte offset in a memory."""

    def place(self, tensor: Any) -> Any:
        """A tensor or memory where the caller of the load wants it."""

    def finish(self, tensor: Any, info: Any) -> Any:
        """The tensor as what it was saved: a parameter, one that requires gradients."""

    def index(self, tensor: Any, key: Any) -> Any:
        """``tensor[key]``."""

    def size(self, dims: tuple[int, ...]) -> Any: ...

    def dtype(self, name: str) -> Any: ...

    def device(self, text: str) -> Any: ...

    def scalar(self, dtype: str, element: bytes) -> Any: ...

    def tagged(self, parts: dict[Any, Any]) -> Any:
        """What a map stands for that may be a tensor kept by its parts: section 7.2."""


def find_framework(name: str | None, map_location: Any = None) -> Framework:
    """The library of a name: "torch", "numpy", "buffer"; None: the first that is installed.

    Raises:
        Error: ``invalid_argument`` for another name, or a map_location without torch;
            ``unsupported`` if the library is not installed.
    """
    if name is None:
        name = next((n for n in ("torch", "numpy") if _is_installed(n)), "buffer")
    if name not in ("torch", "numpy", "buffer"):
        raise Error(
            "invalid_argument",
            "no such framework",
            expected='"torch", "numpy", "buffer" or None',
            found=repr(name),
        )
    if name != "buffer" and not _is_installed(name):
        raise Error("unsupported", f"{name} is not installed", advice=f"install {name}")
    if name == "torch":
        from ._torch_tensors import TorchTensors

        return TorchTensors(map_location)
    if map_location not in (None, "cpu"):
        raise Error(
            "invalid_argument", "map_location needs torch", advice='leave it out, or use "torch"'
        )
    if name == "numpy":
        from ._numpy_tensors import NumpyTensors

        return NumpyTensors()
    from ._buffers import Buffers

    return Buffers()


class LazyFramework:
    """A framework that is found when it is first needed: torch takes seconds to import."""

    def __init__(self, name: str | None, map_location: Any):
        self._name = name
        self._map_location = map_location

    def __getattr__(self, attribute: str) -> Any:
        found = find_framework(self._name, self._map_location)
        for name in dir(found):
            if not name.startswith("_"):
                setattr(self, name, getattr(found, name))
        return getattr(found, attribute)


def _is_installed(name: str) -> bool:
    return name in sys.modules or importlib.util.find_spec(name) is not None
