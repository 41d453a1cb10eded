// Checkpoints written as torch.save writes them.
#pragma once

#include <filesystem>

#include "statestone/export.h"

namespace statestone::pt {

/// A .pt file that torch.load reads, also with mmap=True. Reading it as ConvertPt does gives the
/// same checkpoint: types and order of containers, `_metadata` and other attributes, ties, strides,
/// Parameters, one tensor in several places. With weights_only=True torch takes everything but
/// frozensets, NumPy scalars, and integers of more than 255 bytes; those need
/// torch.serialization.add_safe_globals, or weights_only=False.
///
/// Maps that stand for sparse and quantized tensors (section 7.2 of the format) become these
/// tensors again, parts and ties as they were; the indices are not looked at. A quantized tensor
/// over integers that another tensor was written over before cannot be had: it is listed as lost,
/// and stays a dict of its parts.
///
/// The root: the value or model under the empty entry name; else a dict with a key for each entry.
/// A model is written as its state_dict, an OrderedDict with `_metadata`, of tensors that ask for
/// no gradients; its architecture, config and training modes are lost. Lost are attachments too,
/// dtypes and devices that torch does not know by name, scalars of dtypes that NumPy lacks, and
/// tensors that no entry refers to.
/// \throws Error as ExportCheckpoint
ExportReport Export(const Checkpoint& checkpoint, const std::filesystem::path& target,
                    const ExportOptions& options);

}  // namespace statestone::pt
