#include <torch/optim/adagrad.h>
#include <torch/optim/adam.h>
#include <torch/optim/adamw.h>
#include <torch/optim/lbfgs.h>
#include <torch/optim/rmsprop.h>
#include <torch/optim/sgd.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <typeinfo>

#include "torch_bridge/optimizer_state/carried.h"
#include "torch_bridge/optimizer_state/optimizer_kind.h"
#include "torch_bridge/optimizer_state/option_fields.h"
#include "torch_bridge/optimizer_state/state_fields.h"

namespace statestone {
namespace {

using torch::optim::OptimizerOptions;
using torch::optim::OptimizerParamState;

// Fields in the order in which Python's optimizers of torch 2.13 hold them, with Python's names and
// defaults: `param_groups` and `state` of their `state_dict()`. One description serves both ways.

// What Python's schedulers keep in a group, where they have kept it.
template <typename Fields>
void VisitExtras(optim::GroupExtras& extras, Fields& fields) {
  fields.MaybeFloat("initial_lr", extras.initial_lr);
  fields.MaybeFloat("max_lr", extras.max_lr);
  fields.MaybeFloat("min_lr", extras.min_lr);
  fields.MaybeFloat("max_momentum", extras.max_momentum);
  fields.MaybeFloat("base_momentum", extras.base_momentum);
}

struct SGD {
  using Optimizer = torch::optim::SGD;
  using Options = torch::optim::SGDOptions;
  using State = torch::optim::SGDParamState;
  static constexpr std::string_view kName = "SGD";

  static Options Blank() { return Options(0); }

  template <typename Fields>
  static void VisitOptions(Options& options, Fields& fields) {
    fields.Float("lr", options.lr());
    fields.Number("momentum", options.momentum(), 0);
    fields.Number("dampening", options.dampening(), 0);
    fields.Number("weight_decay", options.weight_decay(), 0);
    fields.Flag("nesterov", options.nesterov());
    fields.Fixed("maximize", false);
    fields.Lacking("foreach", Value());
    fields.Lacking("differentiable", false);
    fields.Lacking("fused", Value());
  }

  template <typename Fields>
  static void VisitState(State& state, Fields& fields) {
    fields.MaybeLikeParameter("momentum_buffer", state.momentum_buffer());
  }
};

template <typename Options, typename Fields>
void VisitAdamOptions(Options& options, Fields& fields, bool decoupled) {
  fields.Float("lr", options.lr());
  fields.Pair("betas", options.betas());
  fields.Float("eps", options.eps());
  if (decoupled) {
    fields.Float("weight_decay", options.weight_decay());
  } else {
    fields.Number("weight_decay", options.weight_decay(), 0);
  }
  fields.Flag("amsgrad", options.amsgrad());
  fields.Fixed("maximize", false);
  fields.Lacking("foreach", Value());
  fields.Lacking("capturable", false);
  fields.Lacking("differentiable", false);
  fields.Lacking("fused", Value());
  fields.Fixed("decoupled_weight_decay", decoupled);
}

template <typename State, typename Fields>
void VisitAdamState(State& state, Fields& fields) {
  fields.Step("step", state.step());
  fields.LikeParameter("exp_avg", state.exp_avg());
  fields.LikeParameter("exp_avg_sq", state.exp_avg_sq());
  fields.MaybeLikeParameter("max_exp_avg_sq", state.max_exp_avg_sq());
}

struct Adam {
  using Optimizer = torch::optim::Adam;
  using Options = torch::optim::AdamOptions;
  using State = torch::optim::AdamParamState;
  static constexpr std::string_view kName = "Adam";

  static Options Blank() { return {}; }

  template <typename Fields>
  static void VisitOptions(Options& options, Fields& fields) {
    VisitAdamOptions(options, fields, /*decoupled=*/false);
  }

  template <typename Fields>
  static void VisitState(State& state, Fields& fields) {
    VisitAdamState(state, fields);
  }
};

struct AdamW {
  using Optimizer = torch::optim::AdamW;
  using Options = torch::optim::AdamWOptions;
  using State = torch::optim::AdamWParamState;
  static constexpr std::string_view kName = "AdamW";

  static Options Blank() { return {}; }

  template <typename Fields>
  static void VisitOptions(Options& options, Fields& fields) {
    VisitAdamOptions(options, fields, /*decoupled=*/true);
  }

  template <typename Fields>
  static void VisitState(State& state, Fields& fields) {
    VisitAdamState(state, fields);
  }
};

struct RMSprop {
  using Optimizer = torch::optim::RMSprop;
  using Options = torch::optim::RMSpropOptions;
  using State = torch::optim::RMSpropParamState;
  static constexpr std::string_view kName = "RMSprop";

  static Options Blank() { return {}; }

  template <typename Fields>
  static void VisitOptions(Options& options, Fields& fields) {
    fields.Float("lr", options.lr());
    fields.Number("momentum", options.momentum(), 0);
    fields.Float("alpha", options.alpha());
    fields.Float("eps", options.eps());
    fields.Flag("centered", options.centered());
    fields.Number("weight_decay", options.weight_decay(), 0);
    fields.Lacking("capturable", false);
    fields.Lacking("foreach", Value());
    fields.Fixed("maximize", false);
    fields.Lacking("differentiable", false);
  }

  template <typename Fields>
  static void VisitState(State& state, Fields& fields) {
    fields.Step("step", state.step());
    fields.LikeParameter("square_avg", state.square_avg());
    fields.MaybeLikeParameter("momentum_buffer", state.momentum_buffer());
    fields.MaybeLikeParameter("grad_avg", state.grad_avg());
  }
};

struct Adagrad {
  using Optimizer = torch::optim::Adagrad;
  using Options = torch::optim::AdagradOptions;
  using State = torch::optim::AdagradParamState;
  static constexpr std::string_view kName = "Adagrad";

  static Options Blank() { return {}; }

  template <typename Fields>
  static void VisitOptions(Options& options, Fields& fields) {
    fields.Float("lr", options.lr());
    fields.Number("lr_decay", options.lr_decay(), 0);
    fields.Float("eps", options.eps());
    fields.Number("weight_decay", options.weight_decay(), 0);
    fields.Number("initial_accumulator_value", options.initial_accumulator_value(), 0);
    fields.Lacking("foreach", Value());
    fields.Fixed("maximize", false);
    fields.Lacking("differentiable", false);
    fields.Lacking("fused", Value());
  }

  template <typename Fields>
  static void VisitState(State& state, Fields& fields) {
    fields.Step("step", state.step());
    fields.LikeParameter("sum", state.sum());
  }
};

struct LBFGS {
  using Optimizer = torch::optim::LBFGS;
  using Options = torch::optim::LBFGSOptions;
  using State = torch::optim::LBFGSParamState;
  static constexpr std::string_view kName = "LBFGS";

  static Options Blank() { return {}; }

  template <typename Fields>
  static void VisitOptions(Options& options, Fields& fields) {
    fields.Number("lr", options.lr(), 1);
    fields.Int("max_iter", options.max_iter());
    fields.Int("max_eval", options.max_eval());
    fields.Float("tolerance_grad", options.tolerance_grad());
    fields.Float("tolerance_change", options.tolerance_change());
    fields.Int("history_size", options.history_size());
    fields.Text("line_search_fn", options.line_search_fn());
  }

  template <typename Fields>
  static void VisitState(State& state, Fields& fields) {
    fields.Int("func_evals", state.func_evals());
    fields.Int("n_iter", state.n_iter());
    fields.Holes("al", state.al());
    fields.Flat("d", state.d());
    fields.Float("t", state.t());
    fields.Tensors("old_dirs", state.old_dirs());
    fields.Tensors("old_stps", state.old_stps());
    fields.Tensors("ro", state.ro());
    fields.OneOrTensor("H_diag", state.H_diag());
    fields.Flat("prev_flat_grad", state.prev_flat_grad());
    fields.Float("prev_loss", state.prev_loss());
  }
};

// Hears of names alone.
class FieldNames {
 public:
  template <typename... Rest>
  void Step(std::string_view name, Rest&&...) {
    names_.push_back(name);
  }
  template <typename... Rest>
  void Int(std::string_view name, Rest&&...) {
    names_.push_back(name);
  }
  template <typename... Rest>
  void Float(std::string_view name, Rest&&...) {
    names_.push_back(name);
  }
  template <typename... Rest>
  void LikeParameter(std::string_view name, Rest&&...) {
    names_.push_back(name);
  }
  template <typename... Rest>
  void MaybeLikeParameter(std::string_view name, Rest&&...) {
    names_.push_back(name);
  }
  template <typename... Rest>
  void Flat(std::string_view name, Rest&&...) {
    names_.push_back(name);
  }
  template <typename... Rest>
  void OneOrTensor(std::string_view name, Rest&&...) {
    names_.push_back(name);
  }
  template <typename... Rest>
  void Tensors(std::string_view name, Rest&&...) {
    names_.push_back(name);
  }
  template <typename... Rest>
  void Holes(std::string_view name, Rest&&...) {
    names_.push_back(name);
  }

  bool Has(std::string_view name) const { return std::ranges::find(names_, name) != names_.end(); }

 private:
  std::vector<std::string_view> names_;
};

// What C++ holds now, in the order and the kinds of what was stored, and what only that has.
StateValues Merged(const StateValues& stored, StateValues now, const auto& is_field, bool exact) {
  StateValues merged;
  for (const auto& [name, value] : stored) {
    const StateValue* current = Find(now, name);
    if (current != nullptr) {
      merged.emplace_back(name, is_field(name) ? InKindOf(value, *current, exact) : value);
    } else if (!is_field(name)) {
      merged.emplace_back(name, value);
    }
  }
  for (auto& [name, value] : now) {
    if (Find(stored, name) == nullptr) merged.emplace_back(name, std::move(value));
  }
  return merged;
}

// What C++ has a place for needs no second copy of its tensors; kinds of numbers are kept.
StateValues WithoutHeldTensors(StateValues stored, const FieldNames& fields) {
  for (auto& [name, value] : stored) {
    if (!fields.Has(name)) continue;
    const bool is_number = value.is_tensor() && value.tensor().dim() == 0;
    if (!is_number && !value.tensors.empty()) value = StateValue{};
  }
  return stored;
}

template <typename Row>
class Kind : public OptimizerKind {
 public:
  std::string_view algorithm() const override { return Row::kName; }

  bool Is(const torch::optim::Optimizer& optimizer) const override {
    return dynamic_cast<const typename Row::Optimizer*>(&optimizer) != nullptr;
  }

  bool always_has_state() const override { return std::is_same_v<Row, Adagrad>; }

  StateValues ReadOptions(const OptimizerOptions& options) const override {
    auto copy = static_cast<const typename Row::Options&>(options);
    OptionReader reader;
    Row::VisitOptions(copy, reader);
    if (const auto* extras = dynamic_cast<const optim::GroupExtras*>(&options)) {
      auto copied = *extras;
      VisitExtras(copied, reader);
    }
    const auto* carried = dynamic_cast<const Carried*>(&options);
    if (carried == nullptr) return reader.Take();
    // What only Python has is as it was stored: the reader knows no more than defaults of it.
    const StateValues now = reader.Take();
    return Merged(
        carried->stored, KnownTo(now, carried->stored),
        [&](const std::string& name) {
          return Find(now, name) != nullptr && !IsOfPythonAlone(name);
        },
        /*exact=*/false);
  }

  std::unique_ptr<OptimizerOptions> MakeOptions(StateValues stored) const override {
    typename Row::Options options = Row::Blank();
    OptionMaker maker(stored);
    Row::VisitOptions(options, maker);
    optim::GroupExtras extras;
    VisitExtras(extras, maker);
    return std::make_unique<CarryingOptions<typename Row::Options>>(std::move(options), extras,
                                                                    std::move(stored));
  }

  StateValues ReadState(const OptimizerParamState& state) const override {
    auto copy = static_cast<const typename Row::State&>(state);
    StateReader reader;
    Row::VisitState(copy, reader);
    const auto* carried = dynamic_cast<const Carried*>(&state);
    if (carried == nullptr) return reader.Take();
    const FieldNames fields = StateFields();
    return Merged(
        carried->stored, reader.Take(), [&](const std::string& name) { return fields.Has(name); },
        /*exact=*/true);
  }

  std::unique_ptr<OptimizerParamState> MakeState(StateValues stored,
                                                 const ParameterPlace& place) const override {
    typename Row::State state;
    StateMaker maker(stored, place);
    Row::VisitState(state, maker);
    return std::make_unique<CarryingState<typename Row::State>>(
        std::move(state), WithoutHeldTensors(std::move(stored), StateFields()));
  }

 private:
  static FieldNames StateFields() {
    FieldNames names;
    typename Row::State state;
    Row::VisitState(state, names);
    return names;
  }

  static bool IsOfPythonAlone(const std::string& name) {
    static constexpr std::array<std::string_view, 6> kNames = {
        "foreach", "fused", "capturable", "differentiable", "maximize", "decoupled_weight_decay"};
    return std::ranges::find(kNames, name) != kNames.end();
  }

  // An older torch did not have all of today's options: what it had not stays away.
  static StateValues KnownTo(StateValues now, const StateValues& stored) {
    std::erase_if(now, [&](const auto& value) {
      return IsOfPythonAlone(value.first) && Find(stored, value.first) == nullptr;
    });
    return now;
  }
};

}  // namespace

const OptimizerKind& KindOf(const torch::optim::Optimizer& optimizer) {
  static const Kind<SGD> sgd;
  static const Kind<Adam> adam;
  static const Kind<AdamW> adam_w;
  static const Kind<RMSprop> rms_prop;
  static const Kind<Adagrad> adagrad;
  static const Kind<LBFGS> lbfgs;
  static const std::array<const OptimizerKind*, 6> kinds = {&sgd,      &adam,    &adam_w,
                                                            &rms_prop, &adagrad, &lbfgs};
  for (const OptimizerKind* kind : kinds) {
    if (kind->Is(optimizer)) return *kind;
  }
  throw Error(ErrorCode::kInvalidArgument,
              {.problem = "an optimizer of a class that is not known here",
               .expected = "SGD, Adam, AdamW, RMSprop, Adagrad or LBFGS of torch::optim",
               .found = c10::demangle(typeid(optimizer).name()),
               .advice = "keep what it has as values"});
}

}  // namespace statestone
