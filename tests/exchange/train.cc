// exchange_train OPTIMIZER STEPS (IN OUT)...: goes on with each run where its file says it stands.
#include <torch/torch.h>

#include <cstdio>
#include <cstdlib>

#include "statestone/torch.h"
#include "tests/exchange/network.h"

namespace statestone {
namespace {

void Train(const std::string& algorithm, int steps, const std::string& in, const std::string& out) {
  const StoredCheckpoint run = TorchCheckpoint::Open(in);
  const at::Tensor inputs = run.LoadTensor("inputs");
  const at::Tensor targets = run.LoadTensor("targets");
  torch::nn::Sequential network = MakeNetwork(inputs.scalar_type());
  const auto optimizer = MakeOptimizer(algorithm, network);
  optim::CosineAnnealingLR scheduler(*optimizer, 50);
  run.Restore("model", *network);
  run.Restore("optimizer", *optimizer, *network);
  run.Restore("scheduler", scheduler);
  run.RestoreRng("rng");

  for (int i = 0; i < steps; ++i) {
    Step(network, *optimizer, inputs, targets);
    scheduler.Step();
  }

  TorchCheckpoint next;
  next.AddModel("model", *network);
  next.AddOptimizer("optimizer", *optimizer, "model");
  next.AddScheduler("scheduler", scheduler, "optimizer");
  next.AddRng("rng");
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
