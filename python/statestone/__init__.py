"""Statestone: portable, checked, compressed checkpoint files for PyTorch.

    statestone.save({"model": net, "epoch": 12}, "run.stone")
    state = statestone.load("run.stone")
    run = statestone.open("run.stone")

Neither torch nor NumPy is needed to import it; what is installed is used.
"""

from ._buffers import Device, DType, RawTensor, Scalar
from ._conversion import convert
from ._error import Error
from ._file import Checkpoint, open
from ._load_into import load_into
from ._loading import load, loads
from ._native import format_version
from ._native import version as __version__
from ._nodes import TensorNode
from ._report import RestoreReport, TensorDifference
from ._safe_open import safe_open
from ._saving import append, save

__all__ = [
    "Checkpoint",
    "DType",
    "Device",
    "Error",
    "RawTensor",
    "RestoreReport",
    "Scalar",
    "TensorDifference",
    "TensorNode",
    "__version__",
    "append",
    "convert",
    "format_version",
    "load",
    "load_into",
    "loads",
    "open",
    "safe_open",
    "save",
]
