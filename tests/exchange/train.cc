// exchange_train OPTIMIZER STEPS (IN OUT)...: goes on with each run where its file says it stands;
// "-" begins one.
#include <torch/torch.h>

#include <cstdio>
#include <cstdlib>
#include <optional>

#include "statestone/torch.h"
#include "tests/exchange/network.h"

namespace statestone {
namespace {

void Train(const std::string& algorithm, int steps, const std::string& in, const std::string& out) {
  std::optional<StoredCheckpoint> run;
  if (in != "-") run = TorchCheckpoint::Open(in);
  torch::manual_seed(3);
  const at::Tensor inputs = run ? run->LoadTensor("inputs") : torch::randn({32, 6});
  const at::Tensor targets = run ? run->LoadTensor("targets") : torch::randn({32, 3});
  torch::nn::Sequential network = MakeNetwork(inputs.scalar_type());
  const auto optimizer = MakeOptimizer(algorithm, network);
  optim::CosineAnnealingLR scheduler(*optimizer, 50);
  if (run) {
    run->Restore("model", *network);
    run->Restore("optimizer", *optimizer, *network);
    run->Restore("scheduler", scheduler);
    run->RestoreRng("rng");
  }

  for (int i = 0; i < steps; ++i) {
    Step(network, *optimizer, inputs, targets);
    scheduler.Step();
  }

  TorchCheckpoint next;
  next.AddModel("model", *network);
  next.AddOptimizer("optimizer", *optimizer, "model");
  next.AddScheduler("scheduler", scheduler, "optimizer");
  next.AddRng("rng");
  next.AddTensor("inputs", inputs);
  next.AddTensor("targets", targets);
  next.Save(out);
}

}  // namespace
}  // namespace statestone

int main(int argc, char** argv) {
  if (argc < 5 || argc % 2 == 0) {
    std::fputs("usage: exchange_train OPTIMIZER STEPS (IN OUT)...\n", stderr);
    return 2;
  }
  at::set_num_threads(1);
  try {
    for (int i = 3; i < argc; i += 2) {
      statestone::Train(argv[1], std::atoi(argv[2]), argv[i], argv[i + 1]);
    }
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "exchange_train: %s\n", error.what());
    return 1;
  }
}
