// What C++ optimizers have no place for, kept inside of them, so that a run that goes on in C++
// loses nothing of what Python stored.
#pragma once

#include <torch/optim/optimizer.h>

#include <memory>
#include <utility>

#include "statestone/optim/group_extras.h"
#include "torch_bridge/optimizer_state/state_value.h"

namespace statestone {

/// Options or state as a file had them: order, kinds, and whatever C++ does not know. Tensors that
/// C++ holds itself are left out of it.
struct Carried {
  StateValues stored;
};

/// Options of torch with what else was stored: everything that takes torch's takes these. What
/// schedulers keep in them has a place of its own.
template <typename Options>
struct CarryingOptions : Options, optim::GroupExtras, Carried {
  CarryingOptions(Options options, const optim::GroupExtras& extras, StateValues as_stored)
      : Options(std::move(options)), GroupExtras(extras), Carried{std::move(as_stored)} {}

  std::unique_ptr<torch::optim::OptimizerOptions> clone() const override {
    return std::make_unique<CarryingOptions>(*this);
  }
};

/// The same for the state of one parameter.
template <typename State>
struct CarryingState : State, Carried {
  CarryingState(State state, StateValues as_stored)
      : State(std::move(state)), Carried{std::move(as_stored)} {}

  std::unique_ptr<torch::optim::OptimizerParamState> clone() const override {
    return std::make_unique<CarryingState>(*this);
  }
};

}  // namespace statestone
