#include "tests/torch_bridge/make_scheduler.h"

#include <torch/torch.h>

#include <cmath>
#include <numbers>
#include <stdexcept>
#include <string>
#include <tuple>

namespace statestone {
namespace {

using optim::LRScheduler;
using optim::Number;
using optim::PerGroup;
using torch::optim::Optimizer;

Number NumberOf(const Value& value) {
  if (value.kind() == ValueKind::kInt64) return value.AsInt();
  return value.AsDouble();
}

std::vector<Number> NumbersOf(const Value& list) {
  std::vector<Number> numbers;
  for (const Value& item : list.items()) numbers.push_back(NumberOf(item));
  return numbers;
}

std::vector<std::int64_t> IntsOf(const Value& list) {
  std::vector<std::int64_t> ints;
  for (const Value& item : list.items()) ints.push_back(item.AsInt());
  return ints;
}

PerGroup PerGroupOf(const Value& value) {
  if (value.kind() == ValueKind::kList) return NumbersOf(value);
  return NumberOf(value);
}

optim::LrLambdas::Function FunctionOf(const std::string& name) {
  if (name == "power") return [](std::int64_t epoch) { return std::pow(0.95, epoch); };
  if (name == "thirds") return [](std::int64_t epoch) { return epoch / 3; };
  if (name == "slowly") return [](std::int64_t epoch) { return 1.0 - 0.001 * (epoch % 7); };
  throw std::invalid_argument("no function " + name);
}

optim::LrLambdas LambdasOf(const Value& value) {
  if (value.kind() == ValueKind::kString) return FunctionOf(value.AsString());
  std::vector<optim::LrLambdas::Function> functions;
  for (const Value& item : value.items()) functions.push_back(FunctionOf(item.AsString()));
  return functions;
}

std::shared_ptr<LRScheduler> MakeCyclic(const Value& args, Optimizer& optimizer) {
  optim::CyclicLROptions options;
  options.step_size_up = NumberOf(args["step_size_up"]);
  if (!args["step_size_down"].is_null()) options.step_size_down = NumberOf(args["step_size_down"]);
  options.mode = args["mode"].AsString();
  options.gamma = NumberOf(args["gamma"]);
  if (!args["scale_fn"].is_null()) {
    options.scale_fn = [](double x) { return 0.5 * (1 + std::sin(x * std::numbers::pi / 2)); };
  }
  options.scale_mode = args["scale_mode"].AsString();
  options.cycle_momentum = args["cycle_momentum"].AsBool();
  options.base_momentum = PerGroupOf(args["base_momentum"]);
  options.max_momentum = PerGroupOf(args["max_momentum"]);
  return std::make_shared<optim::CyclicLR>(optimizer, PerGroupOf(args["base_lr"]),
                                           PerGroupOf(args["max_lr"]), options);
}

std::shared_ptr<LRScheduler> MakeOneCycle(const Value& args, Optimizer& optimizer) {
  optim::OneCycleLROptions options;
  options.total_steps = args["total_steps"].AsInt();
  options.pct_start = args["pct_start"].AsDouble();
  options.anneal_strategy = args["anneal_strategy"].AsString();
  options.cycle_momentum = args["cycle_momentum"].AsBool();
  options.base_momentum = PerGroupOf(args["base_momentum"]);
  options.max_momentum = PerGroupOf(args["max_momentum"]);
  options.div_factor = NumberOf(args["div_factor"]);
  options.final_div_factor = NumberOf(args["final_div_factor"]);
  options.three_phase = args["three_phase"].AsBool();
  return std::make_shared<optim::OneCycleLR>(optimizer, PerGroupOf(args["max_lr"]), options);
}

std::vector<std::shared_ptr<LRScheduler>> PartsOf(const Value& args, Optimizer& optimizer) {
  std::vector<std::shared_ptr<LRScheduler>> parts;
  for (const Value& part : args["schedulers"].items()) {
    parts.push_back(MakeScheduler(part, optimizer));
  }
  return parts;
}

}  // namespace

std::unique_ptr<Optimizer> MakeOptimizer(const std::string& name, const Value& rates) {
  std::vector<torch::optim::OptimizerParamGroup> groups;
  for (std::size_t i = 0; i < rates.items().size(); ++i) {
    groups.emplace_back(std::vector<at::Tensor>{torch::zeros({1}, torch::requires_grad())});
  }
  std::unique_ptr<Optimizer> optimizer;
  if (name == "SGD") {
    optimizer =
        std::make_unique<torch::optim::SGD>(groups, torch::optim::SGDOptions(0.1).momentum(0.9));
  } else if (name == "RMSprop") {
    optimizer = std::make_unique<torch::optim::RMSprop>(groups);
  } else if (name == "Adagrad") {
    optimizer = std::make_unique<torch::optim::Adagrad>(groups);
  } else if (name == "AdamW") {
    optimizer = std::make_unique<torch::optim::AdamW>(groups);
  } else {
    optimizer = std::make_unique<torch::optim::Adam>(groups);
  }
  for (std::size_t i = 0; i < rates.items().size(); ++i) {
    optimizer->param_groups()[i].options().set_lr(rates.items()[i].AsDouble());
  }
  return optimizer;
}

std::shared_ptr<LRScheduler> MakeScheduler(const Value& args, Optimizer& optimizer) {
  using namespace optim;
  const std::string& type = args["type"].AsString();
  const auto number = [&](const char* key) { return NumberOf(args[key]); };
  if (type == "StepLR") {
    return std::make_shared<StepLR>(optimizer, args["step_size"].AsInt(), number("gamma"));
  }
  if (type == "MultiStepLR") {
    return std::make_shared<MultiStepLR>(optimizer, IntsOf(args["milestones"]), number("gamma"));
  }
  if (type == "ConstantLR") {
    return std::make_shared<ConstantLR>(optimizer, number("factor"), number("total_iters"));
  }
  if (type == "LinearLR") {
    return std::make_shared<LinearLR>(optimizer, number("start_factor"), number("end_factor"),
                                      number("total_iters"));
  }
  if (type == "ExponentialLR") return std::make_shared<ExponentialLR>(optimizer, number("gamma"));
  if (type == "PolynomialLR") {
    return std::make_shared<PolynomialLR>(optimizer, number("total_iters"), number("power"));
  }
  if (type == "CosineAnnealingLR") {
    return std::make_shared<CosineAnnealingLR>(optimizer, number("T_max"), number("eta_min"));
  }
  if (type == "CosineAnnealingWarmRestarts") {
    return std::make_shared<CosineAnnealingWarmRestarts>(optimizer, args["T_0"].AsInt(),
                                                         args["T_mult"].AsInt(), number("eta_min"));
  }
  if (type == "CyclicLR") return MakeCyclic(args, optimizer);
  if (type == "OneCycleLR") return MakeOneCycle(args, optimizer);
  if (type == "LambdaLR") {
    return std::make_shared<LambdaLR>(optimizer, LambdasOf(args["lr_lambda"]));
  }
  if (type == "MultiplicativeLR") {
    return std::make_shared<MultiplicativeLR>(optimizer, LambdasOf(args["lr_lambda"]));
  }
  if (type == "ChainedScheduler") {
    return std::make_shared<ChainedScheduler>(PartsOf(args, optimizer));
  }
  if (type == "SequentialLR") {
    auto parts = PartsOf(args, optimizer);
    return std::make_shared<SequentialLR>(optimizer, parts, IntsOf(args["milestones"]));
  }
  throw std::invalid_argument("no scheduler " + type);
}

std::shared_ptr<optim::ReduceLROnPlateau> MakePlateau(const Value& args, Optimizer& optimizer) {
  optim::ReduceLROnPlateauOptions options;
  options.mode = args["mode"].AsString();
  options.factor = NumberOf(args["factor"]);
  options.patience = args["patience"].AsInt();
  options.threshold = NumberOf(args["threshold"]);
  options.threshold_mode = args["threshold_mode"].AsString();
  options.cooldown = args["cooldown"].AsInt();
  options.min_lr = PerGroupOf(args["min_lr"]);
  options.eps = NumberOf(args["eps"]);
  return std::make_shared<optim::ReduceLROnPlateau>(optimizer, options);
}

double MomentumOf(const torch::optim::OptimizerParamGroup& group) {
  using namespace torch::optim;
  if (auto* sgd = dynamic_cast<const SGDOptions*>(&group.options())) return sgd->momentum();
  if (auto* rms = dynamic_cast<const RMSpropOptions*>(&group.options())) return rms->momentum();
  if (auto* adam = dynamic_cast<const AdamOptions*>(&group.options())) {
    return std::get<0>(adam->betas());
  }
  if (auto* adamw = dynamic_cast<const AdamWOptions*>(&group.options())) {
    return std::get<0>(adamw->betas());
  }
  return 0;
}

void SetMomentumOf(torch::optim::OptimizerParamGroup& group, double momentum) {
  using namespace torch::optim;
  if (auto* sgd = dynamic_cast<SGDOptions*>(&group.options())) sgd->momentum(momentum);
  if (auto* rms = dynamic_cast<RMSpropOptions*>(&group.options())) rms->momentum(momentum);
  if (auto* adam = dynamic_cast<AdamOptions*>(&group.options())) {
    adam->betas({momentum, std::get<1>(adam->betas())});
  }
  if (auto* adamw = dynamic_cast<AdamWOptions*>(&group.options())) {
    adamw->betas({momentum, std::get<1>(adamw->betas())});
  }
}

}  // namespace statestone
