#include "interop/optimizer/algorithm.h"

#include <algorithm>
#include <array>

namespace statestone::optimizer {
namespace {

using Group = OptimizerState::Group;

// The rest of `options` is empty.
using Options = std::array<std::string_view, 4>;

bool HasAll(const Group& group, const Options& options) {
  return std::ranges::all_of(options, [&](std::string_view option) {
    return option.empty() || group.Find(option) != nullptr;
  });
}

// Options of torch 2.13; those of older versions that are told apart by them are among these.
std::string_view AlgorithmOf(const Group& group) {
  if (HasAll(group, {"amsgrad", "betas", "eps", "decoupled_weight_decay"})) {
    const Value& decoupled = *group.Find("decoupled_weight_decay");
    if (decoupled.kind() != ValueKind::kBool) return {};
    return decoupled.AsBool() ? "AdamW" : "Adam";
  }
  struct Signature {
    Options options;
    std::string_view algorithm;
  };
  static constexpr auto kSignatures = std::to_array<Signature>({
      {{"momentum", "dampening", "nesterov"}, "SGD"},
      {{"alpha", "centered", "momentum", "eps"}, "RMSprop"},
      {{"lr_decay", "initial_accumulator_value"}, "Adagrad"},
      {{"max_iter", "max_eval", "history_size", "line_search_fn"}, "LBFGS"},
      {{"rho", "eps"}, "Adadelta"},
      {{"betas", "momentum_decay"}, "NAdam"},
      {{"lambd", "alpha", "t0"}, "ASGD"},
      {{"etas", "step_sizes"}, "Rprop"},
      {{"beta2_decay", "eps", "d"}, "Adafactor"},
      {{"momentum", "ns_coefficients", "ns_steps"}, "Muon"},
  });
  const auto* const found = std::ranges::find_if(
      kSignatures, [&](const Signature& row) { return HasAll(group, row.options); });
  return found == kSignatures.end() ? std::string_view() : found->algorithm;
}

}  // namespace

std::string_view AlgorithmOf(const OptimizerState& optimizer) {
  if (optimizer.groups.empty()) return {};
  const std::string_view first = AlgorithmOf(optimizer.groups.front());
  const bool all = std::ranges::all_of(
      optimizer.groups, [&](const Group& group) { return AlgorithmOf(group) == first; });
  return all ? first : std::string_view();
}

}  // namespace statestone::optimizer
