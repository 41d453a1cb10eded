// What a checkpoint sees of a torch::nn::Module: its tensors by name, and its training flags.
#pragma once

#include <torch/nn/module.h>

#include <string>
#include <vector>

#include "statestone/reader.h"
#include "statestone/tensor.h"

namespace statestone {

/// One parameter or buffer: a handle to the module's own tensor, not a copy.
struct NamedTensor {
  std::string name;  ///< as in Python's state_dict: "encoder.0.weight"
  at::Tensor tensor;
  TensorKind kind = TensorKind::kTensor;
};

/// The parameters and buffers of a module and its submodules, with the names and in the order of
/// Python's state_dict: for each module its parameters, its buffers, its children. Undefined ones
/// (the weight of a norm without affine) are left out; tied ones are there under each name. The
/// module need not be held by a shared_ptr.
std::vector<NamedTensor> NamedTensors(const torch::nn::Module& module);

/// Training flags of a module and its submodules.
struct TrainingFlags {
  TrainingMode root = TrainingMode::kUnknown;
  std::vector<std::string> exceptions;  ///< submodules in the other mode than the root, sorted

  friend bool operator==(const TrainingFlags&, const TrainingFlags&) = default;
};

TrainingFlags ReadTrainingFlags(const torch::nn::Module& module);

/// Sets the flag of every submodule on its own, so that frozen ones stay frozen. Nothing happens if
/// `flags.root` is unknown; names that the module does not have are passed over.
void ApplyTrainingFlags(const TrainingFlags& flags, torch::nn::Module& module);

}  // namespace statestone
