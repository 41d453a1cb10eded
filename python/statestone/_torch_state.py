"""What a file keeps of torch's objects: tensors, modules, sizes, dtypes, devices."""

from __future__ import annotations

from typing import Any

import torch

from ._adapter import class_name
from ._native import ModelRecord, PlainRecord, Refusal, SubstituteRecord, TensorRecord
from ._torch_optimizers import OptimizerDescriber
from ._torch_parts import is_kept_by_parts, parts_of

class TorchDescriber:
    """Describes the objects of one save.

    Memory of other devices is copied to the CPU once for each storage, so that ties survive.

    Args:
        root: all that is saved: its modules name the parameters of its optimizers.
    """

    def __init__(self, root: object) -> None:
        self._optimizers = OptimizerDescriber(root)
        self._on_host: dict[tuple[torch.device, int], torch.UntypedStorage] = {}

    def describe(self, obj: object) -> Any:
        """A record, or None for objects that are not torch's."""
        if isinstance(obj, torch.Tensor):
            if is_kept_by_parts(obj):
                return SubstituteRecord(parts_of(obj))
            return self._describe_tensor(obj, None)
        if isinstance(obj, torch.Size):
            return PlainRecord.size(obj)
        if isinstance(obj, torch.dtype):
            return PlainRecord.dtype(str(obj).removeprefix("torch."))
        if isinstance(obj, torch.device):
            return PlainRecord.device(str(obj))
        if isinstance(obj, torch.nn.Module):
            return self._describe_module(obj)
        return self._optimizers.describe(obj) or _refuse_object(obj) or _describe_stateful(obj)

    def _describe_tensor(self, tensor: torch.Tensor, kind: str | None) -> Any:
        refusal = refusal_of(tensor)
        if refusal is not None:
            return Refusal(*refusal)
        if kind is None:
            kind = "parameter" if isinstance(tensor, torch.nn.Parameter) else "tensor"
        strides = () if tensor.is_contiguous() or tensor.numel() == 0 else tensor.stride()
        address = tensor.data_ptr()
        owner: Any = tensor
        if tensor.device.type != "cpu":
            owner = self._host_copy(tensor)
            address = owner.data_ptr() + tensor.storage_offset() * tensor.element_size()
        return TensorRecord(
            str(tensor.dtype).removeprefix("torch."),
            tensor.shape,
            strides,
            address,
            kind,
            tensor.requires_grad,
            owner,
        )

    def _host_copy(self, tensor: torch.Tensor) -> torch.UntypedStorage:
        storage = tensor.untyped_storage()
        key = (tensor.device, storage.data_ptr())
        if key not in self._on_host:
            self._on_host[key] = storage.cpu()
        return self._on_host[key]

    def _describe_module(self, module: torch.nn.Module) -> Any:
        state = module.state_dict(keep_vars=True)
        tensors = []
        for name, value in state.items():
            if not isinstance(value, torch.Tensor):
                return Refusal(
                    f"the extra state {name!r} of a module",
                    "save the module's state_dict() instead: it is kept as it is",
                )
            kind = "parameter" if isinstance(value, torch.nn.Parameter) else "buffer"
            record = self._describe_tensor(value, kind)
            if isinstance(record, Refusal):
                return record
            tensors.append((name, record))
        exceptions = [
            name
            for name, child in module.named_modules(remove_duplicate=False)
            if child.training != module.training
        ]
        exceptions.sort(key=lambda name: name.encode())
        return ModelRecord(
            tensors, module.training, exceptions, getattr(state, "_metadata", None)
        )


def refusal_of(tensor: torch.Tensor) -> tuple[str, str] | None:
    """What a tensor is that a file cannot hold, and what to do about it; None for others."""
    if isinstance(tensor, torch.nn.parameter.UninitializedTensorMixin):
        return (
            "a parameter or buffer that has no shape yet",
            "run a lazy module once before you save it",
        )
    if type(tensor) not in (torch.Tensor, torch.nn.Parameter):
        return (
            f"a tensor of the class {class_name(type(tensor))}",
            "save x.as_subclass(torch.Tensor), or the tensors it is made of, instead",
        )
    if tensor.is_nested:
        return ("a nested tensor", "save its parts: the list x.unbind() gives")
    if tensor.is_quantized:
        return (
            "a quantized tensor that is a parameter, or of less than a byte an element",
            "dequantize it, or save x.int_repr() with its scale",
        )
    if tensor.layout != torch.strided:
        return (
            "a sparse tensor that is a parameter or requires gradients",
            "save x.detach() or x.to_dense() instead",
        )
    if tensor.is_meta:
        return ("a meta tensor, which has no data", "give it data before you save it")
    if tensor.is_conj():
        return ("a tensor whose conj bit is set", "save x.resolve_conj() instead")
    if tensor.is_neg():
        return ("a tensor whose neg bit is set", "save x.resolve_neg() instead")
    return None


def _refuse_object(obj: object) -> Refusal | None:
    if isinstance(obj, torch.Generator):
        return Refusal("a generator itself", "save x.get_state(), a tensor, instead")
    if isinstance(obj, (torch.UntypedStorage, torch.storage.TypedStorage)):
        return Refusal("a storage by itself", "save a tensor over it instead")
    if isinstance(obj, (torch.layout, torch.memory_format, torch.qscheme)):
        return Refusal(f"a {class_name(type(obj))}", "save its name as a string")
    return None


def _describe_stateful(obj: object) -> SubstituteRecord | None:
    """What says of itself that its state is plain: a GradScaler, an accelerator's state."""
    if isinstance(obj, type):
        return None
    if callable(getattr(obj, "state_dict", None)) and callable(
        getattr(obj, "load_state_dict", None)
    ):
        return SubstituteRecord(obj.state_dict())  # type: ignore[attr-defined]
    return None
