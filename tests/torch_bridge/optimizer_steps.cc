// optimizer_steps <job.pt> <result.pt>: takes the steps that test_optimizers.py describes, with the
// optimizers of the bridge, and writes what became of parameters and states.
#include <torch/torch.h>

#include <algorithm>
#include <deque>
#include <exception>
#include <filesystem>
#include <iostream>
#include <memory>
#include <stdexcept>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "statestone/convert.h"
#include "statestone/torch.h"

namespace statestone {
namespace {

using Tensors = std::vector<std::pair<std::string, at::Tensor>>;

double Number(const Value& options, const char* key) { return options[key].AsDouble(); }

void Set(torch::optim::SGDOptions& to, const Value& from) {
  to.momentum(Number(from, "momentum"))
      .dampening(Number(from, "dampening"))
      .weight_decay(Number(from, "weight_decay"))
      .nesterov(from["nesterov"].AsBool());
}

template <typename AdamOptions>
void SetAdam(AdamOptions& to, const Value& from) {
  to.betas({from["betas"].items()[0].AsDouble(), from["betas"].items()[1].AsDouble()})
      .eps(Number(from, "eps"))
      .weight_decay(Number(from, "weight_decay"))
      .amsgrad(from["amsgrad"].AsBool());
}
void Set(torch::optim::AdamOptions& to, const Value& from) { SetAdam(to, from); }
void Set(torch::optim::AdamWOptions& to, const Value& from) { SetAdam(to, from); }

void Set(torch::optim::RMSpropOptions& to, const Value& from) {
  to.alpha(Number(from, "alpha"))
      .eps(Number(from, "eps"))
      .weight_decay(Number(from, "weight_decay"))
      .momentum(Number(from, "momentum"))
      .centered(from["centered"].AsBool());
}

void Set(torch::optim::AdagradOptions& to, const Value& from) {
  to.lr_decay(Number(from, "lr_decay"))
      .weight_decay(Number(from, "weight_decay"))
      .initial_accumulator_value(Number(from, "initial_accumulator_value"))
      .eps(Number(from, "eps"));
}

void Set(torch::optim::LBFGSOptions& to, const Value& from) {
  to.max_iter(from["max_iter"].AsInt())
      .history_size(from["history_size"].AsInt())
      .tolerance_grad(Number(from, "tolerance_grad"))
      .tolerance_change(Number(from, "tolerance_change"));
  if (!from["line_search_fn"].is_null()) to.line_search_fn(from["line_search_fn"].AsString());
}

template <typename Visit>
void ForEachSlot(torch::optim::SGDParamState& state, Visit visit) {
  visit("momentum_buffer", state.momentum_buffer());
}

template <typename State, typename Visit>
void ForEachSlotOfAdam(State& state, Visit visit) {
  visit("exp_avg", state.exp_avg());
  visit("exp_avg_sq", state.exp_avg_sq());
  visit("max_exp_avg_sq", state.max_exp_avg_sq());
}
template <typename Visit>
void ForEachSlot(torch::optim::AdamParamState& state, Visit visit) {
  ForEachSlotOfAdam(state, visit);
}
template <typename Visit>
void ForEachSlot(torch::optim::AdamWParamState& state, Visit visit) {
  ForEachSlotOfAdam(state, visit);
}

template <typename Visit>
void ForEachSlot(torch::optim::RMSpropParamState& state, Visit visit) {
  visit("square_avg", state.square_avg());
  visit("momentum_buffer", state.momentum_buffer());
  visit("grad_avg", state.grad_avg());
}

template <typename Visit>
void ForEachSlot(torch::optim::AdagradParamState& state, Visit visit) {
  visit("sum", state.sum());
}

template <typename State>
constexpr bool counts_steps = !std::is_same_v<State, torch::optim::SGDParamState>;

// One case of the job: its tensors are found by path.
class Case {
 public:
  Case(const StoredCheckpoint& job, std::size_t index)
      : job_(job),
        path_("cases/" + std::to_string(index) + "/"),
        value_(job["cases"].items()[index]) {}

  const Value& operator[](const char* key) const { return value_[key]; }

  bool Has(const std::string& path) const {
    return job_.reader().FindTensor(path_ + path).has_value();
  }
  at::Tensor Tensor(const std::string& path) const { return job_.LoadTensor(path_ + path); }

  std::vector<at::Tensor> Parameters() const {
    std::vector<at::Tensor> params;
    for (std::size_t i = 0; Has("params/" + std::to_string(i)); ++i) {
      params.push_back(Tensor("params/" + std::to_string(i)).requires_grad_(true));
    }
    return params;
  }

 private:
  const StoredCheckpoint& job_;
  std::string path_;
  const Value& value_;
};

// Each parameter in a group of its own, with its own options: set afterwards, since torch merges
// options that happen to be those of a fresh object with the defaults.
template <typename Optimizer, typename Options>
std::unique_ptr<Optimizer> Make(const Case& job, const std::vector<at::Tensor>& params) {
  std::vector<torch::optim::OptimizerParamGroup> groups;
  for (const at::Tensor& param : params) groups.emplace_back(std::vector<at::Tensor>{param});
  Options defaults(Number(job["options"].items()[0], "lr"));
  Set(defaults, job["options"].items()[0]);
  auto optimizer = std::make_unique<Optimizer>(groups, defaults);
  for (std::size_t i = 0; i < params.size(); ++i) {
    auto& options = static_cast<Options&>(optimizer->param_groups()[i].options());
    options.lr(Number(job["options"].items()[i], "lr"));
    Set(options, job["options"].items()[i]);
  }
  return optimizer;
}

template <typename State>
void TakeState(const Case& job, const std::vector<at::Tensor>& params,
               torch::optim::Optimizer& optimizer) {
  for (std::size_t i = 0; i < params.size(); ++i) {
    const std::string path = "state/" + std::to_string(i) + "/";
    auto state = std::make_unique<State>();
    bool any = false;
    ForEachSlot(*state, [&](const char* name, at::Tensor& slot) {
      if (!job.Has(path + name)) return;
      slot = job.Tensor(path + name);
      any = true;
    });
    if (!any) continue;
    if constexpr (counts_steps<State>) {
      state->step(job.Tensor(path + "step").template item<int64_t>());
    }
    optimizer.state()[params[i].unsafeGetTensorImpl()] = std::move(state);
  }
}

template <typename State>
Tensors Result(const std::vector<at::Tensor>& params, torch::optim::Optimizer& optimizer) {
  Tensors result;
  for (std::size_t i = 0; i < params.size(); ++i) {
    const std::string prefix = std::to_string(i) + ".";
    result.emplace_back(prefix + "param", params[i].detach());
    const auto found = optimizer.state().find(params[i].unsafeGetTensorImpl());
    if (found == optimizer.state().end()) continue;
    auto& state = static_cast<State&>(*found->second);
    ForEachSlot(state, [&](const char* name, const at::Tensor& slot) {
      if (slot.defined()) result.emplace_back(prefix + name, slot);
    });
    if constexpr (counts_steps<State>) {
      // Python's count, which is a float32, ends there.
      const auto counted = std::min(state.step(), std::int64_t{1} << 24);
      result.emplace_back(prefix + "step", torch::tensor(static_cast<float>(counted)));
    }
  }
  return result;
}

at::Tensor Gradient(const Case& job, const std::string& path) {
  if (job.Has(path)) return job.Tensor(path);
  return torch::sparse_coo_tensor(job.Tensor(path + "/indices"), job.Tensor(path + "/values"),
                                  job.Tensor(path + "/like").sizes());
}

template <typename Optimizer, typename Options, typename State>
Tensors TakeSteps(const Case& job) {
  const std::vector<at::Tensor> params = job.Parameters();
  auto optimizer = Make<Optimizer, Options>(job, params);
  TakeState<State>(job, params, *optimizer);
  for (std::int64_t step = 0; step < job["steps"].AsInt(); ++step) {
    for (std::size_t i = 0; i < params.size(); ++i) {
      at::Tensor param = params[i];
      param.mutable_grad() =
          Gradient(job, "grads/" + std::to_string(step) + "/" + std::to_string(i));
    }
    optimizer->step();
  }
  return Result<State>(params, *optimizer);
}

std::deque<at::Tensor> TensorsBelow(const Case& job, const std::string& path) {
  std::deque<at::Tensor> tensors;
  for (std::size_t i = 0; job.Has(path + std::to_string(i)); ++i) {
    tensors.push_back(job.Tensor(path + std::to_string(i)));
  }
  return tensors;
}

std::unique_ptr<torch::optim::LBFGSParamState> LbfgsState(const Case& job) {
  const Value& from = job["state"];
  auto state = std::make_unique<torch::optim::LBFGSParamState>();
  state->func_evals(from["func_evals"].AsInt())
      .n_iter(from["n_iter"].AsInt())
      .t(Number(from, "t"))
      .prev_loss(Number(from, "prev_loss"))
      .d(job.Tensor("state/d"))
      .H_diag(job.Tensor("state/H_diag"))
      .prev_flat_grad(job.Tensor("state/prev_flat_grad"))
      .old_dirs(TensorsBelow(job, "state/old_dirs/"))
      .old_stps(TensorsBelow(job, "state/old_stps/"))
      .ro(TensorsBelow(job, "state/ro/"));
  return state;
}

// The loss in separate statements, as in Python: in one expression the order of evaluation, and so
// that of the sums, would be open.
Tensors Minimize(const Case& job) {
  const std::vector<at::Tensor> params = job.Parameters();
  const at::Tensor matrix = job.Tensor("matrix");
  const at::Tensor target = job.Tensor("target");
  torch::optim::LBFGSOptions options(Number(job["options"].items()[0], "lr"));
  Set(options, job["options"].items()[0]);
  optim::LBFGS optimizer(params, options);
  if (!job["state"].is_null()) {
    optimizer.state()[params[0].unsafeGetTensorImpl()] = LbfgsState(job);
  }
  Tensors result;
  for (std::int64_t step = 0; step < job["steps"].AsInt(); ++step) {
    const at::Tensor loss = optimizer.step([&] {
      optimizer.zero_grad();
      const at::Tensor product = torch::mv(matrix, params[0]);
      const at::Tensor bent = torch::tanh(product);
      const at::Tensor shifted = torch::add(bent, params[1]);
      const at::Tensor error = torch::sub(shifted, target);
      const at::Tensor squares = torch::mul(error, error);
      at::Tensor sum = torch::sum(squares);
      sum.backward();
      return sum;
    });
    result.emplace_back("loss" + std::to_string(step), loss.detach());
  }
  const auto& state = static_cast<const torch::optim::LBFGSParamState&>(
      *optimizer.state().at(params[0].unsafeGetTensorImpl()));
  result.emplace_back("0.param", params[0].detach());
  result.emplace_back("1.param", params[1].detach());
  result.emplace_back("n_iter", torch::tensor(state.n_iter()));
  result.emplace_back("func_evals", torch::tensor(state.func_evals()));
  return result;
}

Tensors Run(const Case& job) {
  using namespace torch::optim;
  const std::string& name = job["optimizer"].AsString();
  if (name == "SGD") return TakeSteps<optim::SGD, SGDOptions, SGDParamState>(job);
  if (name == "Adam") return TakeSteps<optim::Adam, AdamOptions, AdamParamState>(job);
  if (name == "AdamW") return TakeSteps<optim::AdamW, AdamWOptions, AdamWParamState>(job);
  if (name == "RMSprop") return TakeSteps<optim::RMSprop, RMSpropOptions, RMSpropParamState>(job);
  if (name == "Adagrad") return TakeSteps<optim::Adagrad, AdagradOptions, AdagradParamState>(job);
  return Minimize(job);
}

std::string FirstLine(std::string text) { return text.substr(0, text.find('\n')); }

void RunAll(const std::filesystem::path& source, const std::filesystem::path& target) {
  const std::filesystem::path job_file = target.string() + ".job.stone";
  const std::filesystem::path result_file = target.string() + ".stone";
  ConvertPt(source, job_file);
  const StoredCheckpoint job = TorchCheckpoint::Open(job_file);
  TorchCheckpoint result;
  for (std::size_t i = 0; i < job["cases"].items().size(); ++i) {
    const std::string entry = std::to_string(i);
    try {
      result.AddTensors(entry, Run(Case(job, i)));
    } catch (const c10::Error& error) {
      result[entry] = FirstLine(error.what_without_backtrace());
    } catch (const std::runtime_error& error) {  // of a number that fits no element type
      result[entry] = FirstLine(error.what());
    }
  }
  result.Save(result_file);
  ConvertFile(result_file, target, {.target_kind = FileKind::kPtZip});
}

}  // namespace
}  // namespace statestone

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  at::set_num_threads(1);
  try {
    statestone::RunAll(argv[1], argv[2]);
  } catch (const std::exception& error) {
    std::cerr << error.what() << '\n';
    return 1;
  }
  return 0;
}
