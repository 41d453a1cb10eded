// scheduler_steps <job.pt> <result.pt>: runs the schedulers that test_schedulers.py describes, from
// the start and from states of Python, and writes learning rates, momentum and states.
#include <torch/torch.h>

#include <exception>
#include <filesystem>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "statestone/convert.h"
#include "statestone/torch.h"
#include "tests/torch_bridge/make_scheduler.h"

namespace statestone {
namespace {

// An optimizer and its scheduler, whatever its kind.
class Run {
 public:
  explicit Run(const Value& job)
      : job_(job), optimizer_(MakeOptimizer(job["optimizer"].AsString(), job["lrs"])) {
    if (job["scheduler"]["type"].AsString() == "ReduceLROnPlateau") {
      plateau_ = MakePlateau(job["scheduler"], *optimizer_);
    } else {
      by_epoch_ = MakeScheduler(job["scheduler"], *optimizer_);
    }
  }

  optim::Scheduler& scheduler() {
    return plateau_ != nullptr ? static_cast<optim::Scheduler&>(*plateau_) : *by_epoch_;
  }

  void Step(std::size_t step) {
    if (plateau_ != nullptr) {
      plateau_->Step(job_["metrics"].items()[step].AsDouble());
    } else if (job_["epochs"].is_null()) {
      by_epoch_->Step();
    } else {
      const Value& epoch = job_["epochs"].items()[step];
      const bool whole = epoch.kind() == ValueKind::kInt64;
      dynamic_cast<optim::CosineAnnealingWarmRestarts&>(*by_epoch_)
          .StepTo(whole ? optim::Number(epoch.AsInt()) : optim::Number(epoch.AsDouble()));
    }
  }

  // What restoring an optimizer does: learning rates and momentum are part of its state.
  void Continue(const Value& point) {
    scheduler().LoadStateDict(point["state"]);
    auto& groups = optimizer_->param_groups();
    for (std::size_t i = 0; i < groups.size(); ++i) {
      groups[i].options().set_lr(point["lr"].items()[i].AsDouble());
      SetMomentumOf(groups[i], point["momentum"].items()[i].AsDouble());
    }
  }

  Value Point() {
    std::vector<Value> rates;
    std::vector<Value> momentum;
    for (const auto& group : optimizer_->param_groups()) {
      rates.emplace_back(group.options().get_lr());
      momentum.emplace_back(MomentumOf(group));
    }
    return {{"lr", Value::List(rates)},
            {"momentum", Value::List(momentum)},
            {"state", scheduler().StateDict()}};
  }

 private:
  const Value& job_;
  std::unique_ptr<torch::optim::Optimizer> optimizer_;
  std::shared_ptr<optim::LRScheduler> by_epoch_;
  std::shared_ptr<optim::ReduceLROnPlateau> plateau_;
};

Value FromTheStart(const Value& job) {
  Run run(job);
  std::vector<Value> points = {run.Point()};
  for (std::int64_t step = 0; step < job["steps"].AsInt(); ++step) {
    run.Step(static_cast<std::size_t>(step));
    points.push_back(run.Point());
  }
  return Value::List(std::move(points));
}

// The last points of runs that began at one of Python's.
Value FromPoints(const Value& job) {
  std::vector<Value> ends;
  for (std::size_t i = 0; i < job["points"].items().size(); ++i) {
    Run run(job);
    run.Continue(job["points"].items()[i]["point"]);
    for (std::int64_t step = job["points"].items()[i]["step"].AsInt(); step < job["steps"].AsInt();
         ++step) {
      run.Step(static_cast<std::size_t>(step));
    }
    ends.push_back(run.Point());
  }
  return Value::List(std::move(ends));
}

void RunAll(const std::filesystem::path& source, const std::filesystem::path& target) {
  const std::filesystem::path job_file = target.string() + ".job.stone";
  const std::filesystem::path result_file = target.string() + ".stone";
  ConvertPt(source, job_file);
  const StoredCheckpoint job = TorchCheckpoint::Open(job_file);
  TorchCheckpoint result;
  for (std::size_t i = 0; i < job["cases"].items().size(); ++i) {
    const Value& one = job["cases"].items()[i];
    result[std::to_string(i)] = {{"points", FromTheStart(one)}, {"ends", FromPoints(one)}};
  }
  result.Save(result_file);
  ConvertFile(result_file, target, {.target_kind = FileKind::kPtZip});
}

}  // namespace
}  // namespace statestone

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  try {
    statestone::RunAll(argv[1], argv[2]);
  } catch (const std::exception& error) {
    std::cerr << error.what() << '\n';
    return 1;
  }
  return 0;
}
