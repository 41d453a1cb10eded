#include "statestone/schedulers/one_cycle.h"

#include <numbers>

#include "statestone/error.h"
#include "torch_bridge/schedulers/arithmetic.h"
#include "torch_bridge/schedulers/momentum.h"
#include "torch_bridge/schedulers/param_groups.h"
#include "torch_bridge/schedulers/state_fields.h"

namespace statestone::optim {

// A dict for each phase, in Python's order of keys.
template <>
struct StateKind<OneCycleLR::Phase> {
  static std::string Wanted() { return "a dict with the ends of a phase"; }

  static Value Write(const OneCycleLR::Phase& phase) {
    return {{"end_step", StateKind<Number>::Write(phase.end_step)},
            {"start_lr", phase.start_lr},
            {"end_lr", phase.end_lr},
            {"start_momentum", phase.start_momentum},
            {"end_momentum", phase.end_momentum}};
  }

  static std::optional<OneCycleLR::Phase> Read(const Value& value) {
    if (value.kind() != ValueKind::kMap || value.keys().size() != 5) return std::nullopt;
    const Value* end_step = value.Find("end_step");
    const auto end = end_step == nullptr ? std::nullopt : StateKind<Number>::Read(*end_step);
    OneCycleLR::Phase phase;
    if (!end || !ReadName(value, "start_lr", phase.start_lr) ||
        !ReadName(value, "end_lr", phase.end_lr) ||
        !ReadName(value, "start_momentum", phase.start_momentum) ||
        !ReadName(value, "end_momentum", phase.end_momentum)) {
      return std::nullopt;
    }
    phase.end_step = *end;
    return phase;
  }

 private:
  static bool ReadName(const Value& phase, std::string_view key, std::string& name) {
    const Value* value = phase.Find(key);
    if (value == nullptr || value->kind() != ValueKind::kString) return false;
    name = value->AsString();
    return IsGroupNumber(name);
  }
};

namespace {

std::vector<OneCycleLR::Phase> PhasesOf(const OneCycleLROptions& options) {
  const auto steps = static_cast<double>(options.total_steps);
  const double rise = options.pct_start;
  const OneCycleLR::Phase up = {rise * steps - 1, "initial_lr", "max_lr", "max_momentum",
                                "base_momentum"};
  if (!options.three_phase) {
    return {up, {options.total_steps - 1, "max_lr", "min_lr", "base_momentum", "max_momentum"}};
  }
  return {up,
          {2 * rise * steps - 2, "max_lr", "initial_lr", "base_momentum", "max_momentum"},
          {options.total_steps - 1, "initial_lr", "min_lr", "max_momentum", "max_momentum"}};
}

void RequireOption(bool condition, const char* problem) {
  if (!condition) throw Error(ErrorCode::kInvalidArgument, {.problem = problem});
}

}  // namespace

OneCycleLR::OneCycleLR(torch::optim::Optimizer& optimizer, const PerGroup& max_lr,
                       OneCycleLROptions options)
    : EpochScheduler(optimizer),
      total_steps_(options.total_steps),
      phases_(PhasesOf(options)),
      anneal_strategy_(options.anneal_strategy),
      cycle_momentum_(options.cycle_momentum) {
  RequireOption(options.total_steps > 0, "OneCycleLR needs total_steps of at least 1");
  RequireOption(options.pct_start >= 0 && options.pct_start <= 1,
                "pct_start of OneCycleLR must be between 0 and 1");
  RequireOption(phases_.front().end_step != 0,
                "OneCycleLR divides by zero: pct_start * total_steps must not be 1");
  const std::size_t groups = GroupCount(optimizer);
  const std::vector<Number> max_lrs = max_lr.For(groups, "max_lr");
  std::vector<Number> base_momentums;
  std::vector<Number> max_momentums;
  if (cycle_momentum_) {
    use_beta1_ = RequireMomentum(optimizer) == MomentumKind::kBeta1;
    max_momentums = options.max_momentum.For(groups, "max_momentum");
    base_momentums = options.base_momentum.For(groups, "base_momentum");
  }
  CheckArguments();

  for (std::size_t i = 0; i < groups; ++i) {
    const double initial = Quotient(max_lrs[i], options.div_factor);
    GroupNumber(optimizer, i, "min_lr") = Quotient(initial, options.final_div_factor);
    GroupNumber(optimizer, i, "initial_lr") = initial;
    GroupNumber(optimizer, i, "max_lr") = max_lrs[i];
  }
  if (cycle_momentum_) PutMomentum(optimizer, base_momentums, max_momentums);
  Begin();
}

void OneCycleLR::VisitState(StateFields& fields) {
  fields.Field("total_steps", total_steps_, "at least 1",
               [](std::int64_t steps) { return steps >= 1; });
  fields.Field("_schedule_phases", phases_, "at least one phase",
               [](const std::vector<Phase>& phases) { return !phases.empty(); });
  fields.Field("_anneal_func_type", anneal_strategy_, "cos or linear",
               [](const std::string& name) { return name == "cos" || name == "linear"; });
  VisitMomentum(fields, optimizer(), cycle_momentum_, use_beta1_, [] {});
  EpochScheduler::VisitState(fields);
}

double OneCycleLR::Anneal(double start, double end, double part) const {
  if (anneal_strategy_ == "linear") return (end - start) * part + start;
  return end + (start - end) / 2.0 * (Cosine(std::numbers::pi * part) + 1);
}

std::vector<double> OneCycleLR::NextLr() {
  if (last_epoch_ > total_steps_) {
    throw Error(ErrorCode::kInvalidArgument,
                {.problem = "OneCycleLR has no step after its last one",
                 .expected = "at most " + std::to_string(total_steps_) + " steps",
                 .advice = "make it with more total_steps"});
  }
  const auto step = static_cast<double>(last_epoch_);
  double start_step = 0;
  std::size_t i = 0;
  while (i + 1 < phases_.size() && step > phases_[i].end_step) start_step = phases_[i++].end_step;
  const Phase& phase = phases_[i];
  const double part = Quotient(step - start_step, phase.end_step - start_step);

  std::vector<double> rates;
  std::vector<double> momentum;
  for (std::size_t group = 0; group < GroupCount(optimizer()); ++group) {
    const auto number = [&](const std::string& name) {
      return RequiredGroupNumber(optimizer(), group, name);
    };
    rates.push_back(Anneal(number(phase.start_lr), number(phase.end_lr), part));
    if (!cycle_momentum_) continue;
    momentum.push_back(Anneal(number(phase.start_momentum), number(phase.end_momentum), part));
  }
  if (cycle_momentum_) SetMomentum(optimizer(), momentum);
  return rates;
}

}  // namespace statestone::optim
