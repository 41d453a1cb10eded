#include "statestone/schedulers/cyclic.h"

#include <algorithm>
#include <array>

#include "statestone/error.h"
#include "torch_bridge/schedulers/arithmetic.h"
#include "torch_bridge/schedulers/momentum.h"
#include "torch_bridge/schedulers/param_groups.h"
#include "torch_bridge/schedulers/state_fields.h"

namespace statestone::optim {
namespace {

constexpr std::array<std::string_view, 3> modes = {"triangular", "triangular2", "exp_range"};

bool IsMode(const std::string& mode) {
  return std::find(modes.begin(), modes.end(), mode) != modes.end();
}

bool IsScaleMode(const std::string& mode) { return mode == "cycle" || mode == "iterations"; }

}  // namespace

CyclicLR::CyclicLR(torch::optim::Optimizer& optimizer, const PerGroup& base_lr,
                   const PerGroup& max_lr, CyclicLROptions options)
    : EpochScheduler(optimizer),
      mode_(std::move(options.mode)),
      gamma_(options.gamma),
      scale_mode_(std::move(options.scale_mode)),
      cycle_momentum_(options.cycle_momentum),
      scale_fn_(std::move(options.scale_fn)) {
  const std::size_t groups = GroupCount(optimizer);
  const std::vector<Number> base_lrs = base_lr.For(groups, "base_lr");
  max_lrs_ = max_lr.For(groups, "max_lr");
  const double up = options.step_size_up;
  const double down = options.step_size_down.value_or(options.step_size_up);
  total_size_ = up + down;
  step_ratio_ = Quotient(up, total_size_);
  if (scale_fn_ == nullptr) scale_mode_ = mode_ == "exp_range" ? "iterations" : "cycle";
  if (cycle_momentum_) {
    base_momentums_ = options.base_momentum.For(groups, "base_momentum");
    max_momentums_ = options.max_momentum.For(groups, "max_momentum");
    use_beta1_ = RequireMomentum(optimizer) == MomentumKind::kBeta1;
  }
  CheckArguments();

  SetLr({base_lrs.begin(), base_lrs.end()});
  if (cycle_momentum_) PutMomentum(optimizer, base_momentums_, max_momentums_);
  Begin();
  // The first step took `initial_lr`, which another scheduler may have left, for base_lr: Python
  // too.
  base_lrs_ = base_lrs;
}

void CyclicLR::VisitState(StateFields& fields) {
  fields.FieldOfGroups("max_lrs", max_lrs_);
  fields.Field("total_size", total_size_, "not 0", [](const Number& size) { return size != 0; });
  fields.Field("step_ratio", step_ratio_, "not 0", [](const Number& ratio) { return ratio != 0; });
  fields.Field("mode", mode_, "triangular, triangular2 or exp_range",
               [this](const std::string& mode) { return scale_fn_ != nullptr || IsMode(mode); });
  fields.Field("gamma", gamma_);
  fields.Field("scale_mode", scale_mode_, "cycle or iterations", IsScaleMode);
  VisitMomentum(fields, optimizer(), cycle_momentum_, use_beta1_, [&] {
    fields.FieldOfGroups("base_momentums", base_momentums_);
    fields.FieldOfGroups("max_momentums", max_momentums_);
  });
  EpochScheduler::VisitState(fields);
  std::nullptr_t scale_fn = nullptr;
  fields.Field("_scale_fn_custom", scale_fn);
}

double CyclicLR::Scale(double x) const {
  if (scale_fn_ != nullptr) return scale_fn_(x);
  if (mode_ == "triangular2") return 1 / Power(2.0, x - 1);
  if (mode_ == "exp_range") return Power(gamma_, x);
  return 1.0;
}

std::vector<double> CyclicLR::NextLr() {
  const auto epoch = static_cast<double>(last_epoch_);
  const double cycle = Floor(1 + epoch / total_size_);
  const double x = 1.0 + epoch / total_size_ - cycle;
  const double height =
      x <= step_ratio_ ? Quotient(x, step_ratio_) : Quotient(x - 1, step_ratio_ - 1);
  // A mode says itself what it scales by.
  const bool by_cycle = scale_fn_ != nullptr ? scale_mode_ == "cycle" : mode_ != "exp_range";
  const double scale = Scale(by_cycle ? cycle : epoch);

  std::vector<double> rates;
  for (std::size_t i = 0; i < max_lrs_.size(); ++i) {
    rates.push_back(base_lrs_[i] + (max_lrs_[i] - base_lrs_[i]) * height * scale);
  }
  if (cycle_momentum_) {
    std::vector<double> momentum;
    for (std::size_t i = 0; i < max_momentums_.size(); ++i) {
      const double fall = (max_momentums_[i] - base_momentums_[i]) * height;
      momentum.push_back(max_momentums_[i] - fall * scale);
    }
    SetMomentum(optimizer(), momentum);
  }
  return rates;
}

}  // namespace statestone::optim
