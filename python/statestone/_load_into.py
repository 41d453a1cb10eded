"""``load_into``: a file into tensors that are there."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from typing import Any

from . import _native
from ._error import Error
from ._filling import fill
from ._frameworks import LazyFramework
from ._nodes import Source
from ._options import thread_count
from ._places import find_place
from ._plan import RestoreOptions, Target
from ._rename import Renames, pairs_of
from ._report import RestoreReport
from ._restore import make_plan, require_fit, stored_tensors
from ._saving import Path


def load_into(
    path: Path,
    state_dict: Mapping[str, Any],
    *,
    entry: str = "",
    rename: Renames = (),
    strict: bool = True,
    allow_dtype_change: bool = False,
    check_first: bool = True,
    threads: int | None = None,
) -> RestoreReport:
    """Fills tensors from a ``.stone`` file: decodes straight into their memory.

    ``load_into("weights.stone", net.state_dict())`` is ``net.load_state_dict(load(...))`` without
    the second copy. All or nothing: names, shapes, element types and ties are checked before
    anything changes, then the sums of all bytes that are needed. Tensors that are not dense, of
    another device or of another type take a copy. The GIL is given up meanwhile.

    Args:
        path: the file.
        state_dict: names to torch tensors or NumPy arrays.
        entry: the entry or display path of the model or dict of tensors in the file; "": the file
            is one dict of tensors.
        rename: pairs, or a dict: first the name in the file, then that in ``state_dict``. Prefixes
            end in "." or are empty, as in ``{"module.": ""}``.
        strict: refuse tensors that only one side has.
        allow_dtype_change: convert elements of another type, which may lose digits.
        check_first: check the sums of all bytes before the first is decoded. Without, a load is
            somewhat faster, and one that meets damage leaves the tensors partly filled.
        threads: at most so many; None: one for each core.

    Returns:
        What was loaded, and what differs.

    Raises:
        Error: ``mismatch`` with the ``report`` of what does not fit; ``not_found`` (the entry),
            ``invalid_argument``, ``not_statestone``, ``incomplete``, ``corrupt``, ``unsupported``,
            ``limit``, ``io``.
    """
    options = RestoreOptions(tuple(pairs_of(rename)), strict, allow_dtype_change, check_first)
    targets = [_target(name, tensor) for name, tensor in state_dict.items()]
    reader = _native.Reader.open(path, "auto", False, thread_count(threads), None, 0, True)
    source = Source(reader, LazyFramework(None, None))
    name = os.fsdecode(path)
    stored = stored_tensors(find_place(source, name, entry), name, entry)
    plan = make_plan(source, stored, targets, options, entry)
    require_fit(plan, options, name)
    fill(source, [plan], options, name)
    return plan.report


def _target(name: str, tensor: Any) -> Target:
    torch = sys.modules.get("torch")
    if torch is not None and isinstance(tensor, torch.Tensor):
        from ._torch_targets import TorchTarget

        return TorchTarget(name, tensor)
    numpy = sys.modules.get("numpy")
    if numpy is not None and isinstance(tensor, numpy.ndarray):
        from ._numpy_targets import NumpyTarget

        return NumpyTarget(name, tensor)
    raise Error(
        "invalid_argument",
        "only torch tensors and NumPy arrays can be filled",
        entry=name,
        found=type(tensor).__name__,
    )
