#include "statestone/module.h"

#include <algorithm>

namespace statestone {
namespace {

std::string Joined(const std::string& prefix, const std::string& name) {
  return prefix.empty() ? name : prefix + "." + name;
}

// named_modules() would need the module in a shared_ptr, and named_parameters() puts all parameters
// before all buffers: a walk of our own needs neither and keeps Python's order.
template <typename Module, typename Visit>
void Walk(const std::string& name, Module& module, const Visit& visit) {
  visit(name, module);
  for (const auto& child : module.named_children()) {
    Walk<Module>(Joined(name, child.key()), *child.value(), visit);
  }
}

TrainingMode ModeOf(const torch::nn::Module& module) {
  return module.is_training() ? TrainingMode::kTrain : TrainingMode::kEval;
}

}  // namespace

std::vector<NamedTensor> NamedTensors(const torch::nn::Module& module) {
  std::vector<NamedTensor> tensors;
  Walk("", module, [&tensors](const std::string& name, const torch::nn::Module& visited) {
    const auto add = [&](const auto& members, TensorKind kind) {
      for (const auto& member : members) {
        if (!member.value().defined()) continue;
        tensors.push_back({Joined(name, member.key()), member.value(), kind});
      }
    };
    add(visited.named_parameters(/*recurse=*/false), TensorKind::kParameter);
    add(visited.named_buffers(/*recurse=*/false), TensorKind::kBuffer);
  });
  return tensors;
}

TrainingFlags ReadTrainingFlags(const torch::nn::Module& module) {
  TrainingFlags flags{.root = ModeOf(module), .exceptions = {}};
  Walk("", module, [&flags](const std::string& name, const torch::nn::Module& visited) {
    if (ModeOf(visited) != flags.root) flags.exceptions.push_back(name);
  });
  std::ranges::sort(flags.exceptions);
  return flags;
}

void ApplyTrainingFlags(const TrainingFlags& flags, torch::nn::Module& module) {
  if (flags.root == TrainingMode::kUnknown) return;
  // train(bool) sets the children too: parents come first in the walk, so each module ends up with
  // its own flag.
  Walk("", module, [&flags](const std::string& name, torch::nn::Module& visited) {
    const bool exception = std::ranges::binary_search(flags.exceptions, name);
    visited.train((flags.root == TrainingMode::kTrain) != exception);
  });
}

}  // namespace statestone
