#include "statestone/optim/lbfgs.h"

#include <torch/torch.h>

#include <cmath>
#include <memory>
#include <string>
#include <utility>

#include "statestone/error.h"
#include "torch_bridge/optim/flat_parameters.h"
#include "torch_bridge/optim/line_search.h"
#include "torch_bridge/optim/mixed_number.h"
#include "torch_bridge/optim/step_each.h"

namespace statestone::optim {
namespace {

using torch::optim::LBFGSOptions;
using torch::optim::LBFGSParamState;
using LossClosure = torch::optim::Optimizer::LossClosure;

bool SearchesLine(const LBFGSOptions& options) {
  if (!options.line_search_fn().has_value()) return false;
  if (*options.line_search_fn() == "strong_wolfe") return true;
  throw Error(ErrorCode::kInvalidArgument, {.problem = "LBFGS does not know this line_search_fn",
                                            .expected = "strong_wolfe, or none",
                                            .found = *options.line_search_fn()});
}

// One step of the optimizer: up to max_iter iterations.
class Minimization {
 public:
  Minimization(const std::vector<at::Tensor>& params, const LBFGSOptions& options,
               LBFGSParamState& state, const LossClosure& closure)
      : params_(params),
        options_(options),
        state_(state),
        closure_(closure),
        most_evaluations_(options.max_eval().value_or(options.max_iter() * 5 / 4)),
        searches_line_(SearchesLine(options)) {}

  at::Tensor Run() {
    const at::Tensor first_loss = LossOf(closure_);
    loss_ = first_loss.item<double>();
    state_.func_evals(state_.func_evals() + 1);
    gradient_ = FlatGradient(params_);
    if (IsOptimal()) return first_loss;
    direction_ = state_.d();
    step_ = state_.t();
    at::Tensor previous = state_.prev_flat_grad();
    for (std::int64_t i = 1; i <= options_.max_iter(); ++i) {
      state_.n_iter(state_.n_iter() + 1);
      direction_ = state_.n_iter() == 1 ? FirstDirection() : NextDirection(previous);
      if (previous.defined()) {
        previous.copy_(gradient_);
      } else {
        previous = gradient_.clone(at::MemoryFormat::Contiguous);
      }
      previous_loss_ = loss_;
      if (!Advance(i == options_.max_iter())) break;
    }
    state_.d(direction_);
    state_.t(step_.ToDouble());
    state_.prev_flat_grad(previous);
    state_.prev_loss(previous_loss_);
    return first_loss;
  }

 private:
  bool IsOptimal() const { return MixedNumber(gradient_.abs().max()) <= options_.tolerance_grad(); }

  at::Tensor FirstDirection() {
    state_.old_dirs({});
    state_.old_stps({});
    state_.ro({});
    state_.H_diag(torch::tensor(1));
    return gradient_.neg();
  }

  // The gradient times an approximation of the inverse Hessian, from the last steps.
  at::Tensor NextDirection(const at::Tensor& previous) {
    Remember(gradient_.sub(previous), direction_.mul(step_.ToDouble()));
    const auto& changes = state_.old_dirs();
    const auto& steps = state_.old_stps();
    if (!state_.al().has_value()) {
      state_.al(std::vector<at::Tensor>(static_cast<std::size_t>(options_.history_size())));
    }
    std::vector<at::Tensor>& al = *state_.al();
    if (changes.size() > al.size()) {
      throw Error(ErrorCode::kInvalidArgument,
                  {.problem = "the state of LBFGS has a longer history than history_size",
                   .expected = std::to_string(al.size()),
                   .found = std::to_string(changes.size())});
    }
    at::Tensor result = gradient_.neg();
    for (std::size_t i = changes.size(); i-- > 0;) {
      al[i] = steps[i].dot(result).mul(state_.ro()[i]);
      result.add_(changes[i], al[i].neg().item());
    }
    result = at::mul(result, state_.H_diag());
    for (std::size_t i = 0; i < changes.size(); ++i) {
      const at::Tensor be = changes[i].dot(result).mul(state_.ro()[i]);
      result.add_(steps[i], al[i].sub(be).item());
    }
    return result;
  }

  void Remember(const at::Tensor& change, const at::Tensor& step) {
    const at::Tensor curvature = change.dot(step);
    if (!(MixedNumber(curvature) > 1e-10)) return;
    if (static_cast<std::int64_t>(state_.old_dirs().size()) == options_.history_size()) {
      state_.old_dirs().pop_front();
      state_.old_stps().pop_front();
      state_.ro().pop_front();
    }
    state_.old_dirs().push_back(change);
    state_.old_stps().push_back(step);
    state_.ro().push_back(curvature.reciprocal().mul(1.0));
    state_.H_diag(curvature.div(change.dot(change)));
  }

  // Whether there is reason to go on.
  bool Advance(bool is_last) {
    step_ = options_.lr();
    if (state_.n_iter() == 1) {
      step_ = Min(1.0, MixedNumber(1.0) / gradient_.abs().sum()) * options_.lr();
    }
    const MixedNumber slope = gradient_.dot(direction_);
    if (slope > -options_.tolerance_change()) return false;

    bool optimal = false;
    std::int64_t evaluations = 0;
    if (searches_line_) {
      evaluations = SearchAlong(slope);
      optimal = IsOptimal();
    } else {
      MoveAlong(params_, direction_, step_.ToDouble());
      if (!is_last) {
        loss_ = LossOf(closure_).item<double>();
        gradient_ = FlatGradient(params_);
        optimal = IsOptimal();
        evaluations = 1;
      }
    }
    evaluations_ += evaluations;
    state_.func_evals(state_.func_evals() + evaluations);
    if (is_last || evaluations_ >= most_evaluations_ || optimal) return false;
    const at::Tensor greatest = direction_.mul(step_.ToDouble()).abs().max();
    if (MixedNumber(greatest) <= options_.tolerance_change()) return false;
    return !(std::abs(loss_ - previous_loss_) < options_.tolerance_change());
  }

  std::int64_t SearchAlong(const MixedNumber& slope) {
    const std::vector<at::Tensor> start = CopiesOf(params_);
    const auto evaluate = [&](const MixedNumber& step) {
      MoveAlong(params_, direction_, step.ToDouble());
      const double loss = LossOf(closure_).item<double>();
      at::Tensor gradient = FlatGradient(params_);
      CopyInto(params_, start);
      return std::pair(loss, gradient);
    };
    LineSearchResult found = SearchLine(evaluate, direction_, step_, {0.0, loss_, gradient_, slope},
                                        most_evaluations_ - evaluations_);
    loss_ = found.best.loss;
    gradient_ = found.best.gradient;
    step_ = found.best.step;
    MoveAlong(params_, direction_, step_.ToDouble());
    return found.evaluations;
  }

  const std::vector<at::Tensor>& params_;
  const LBFGSOptions& options_;
  LBFGSParamState& state_;
  const LossClosure& closure_;
  std::int64_t most_evaluations_;
  bool searches_line_;
  std::int64_t evaluations_ = 1;
  double loss_ = 0;
  double previous_loss_ = 0;
  at::Tensor gradient_;
  at::Tensor direction_;
  MixedNumber step_;
};

}  // namespace

torch::Tensor LBFGS::step(LossClosure closure) {
  if (closure == nullptr) {
    throw Error(ErrorCode::kInvalidArgument,
                {.problem = "LBFGS needs a closure that gives the loss"});
  }
  const torch::NoGradGuard no_grad;
  const std::vector<at::Tensor>& params = parameters();
  if (params.empty()) {
    throw Error(ErrorCode::kInvalidArgument, {.problem = "LBFGS has no parameters"});
  }
  // All of its state hangs on the first parameter, in Python too.
  auto& state = StateOf<LBFGSParamState>(*this, params.front(), [](LBFGSParamState&) {});
  const auto& options = static_cast<const LBFGSOptions&>(param_groups()[0].options());
  return Minimization(params, options, state, closure).Run();
}

}  // namespace statestone::optim
