// digits STEPS DATA.stone RUN.stone NEXT.stone: goes on with a run that digits.py began.
#include <statestone/torch.h>
#include <torch/torch.h>

#include <cstdio>
#include <cstdlib>

namespace {

constexpr int64_t kSteps = 600;
constexpr int64_t kBatch = 64;
constexpr int64_t kTest = 297;

struct Run {
  torch::nn::Sequential network{torch::nn::Linear(64, 128), torch::nn::ReLU(),
                                torch::nn::Dropout(0.2), torch::nn::Linear(128, 10)};
  statestone::optim::AdamW optimizer{network->parameters()};
  statestone::optim::CosineAnnealingLR schedule{optimizer, kSteps};

  void Restore(const char* path) {
    const auto run = statestone::TorchCheckpoint::Open(path);
    run.Restore("model", *network);
    run.Restore("optimizer", optimizer, *network);
    run.Restore("schedule", schedule);
    run.RestoreRng("rng");
  }

  void Train(const torch::Tensor& images, const torch::Tensor& labels, int steps) {
    for (int i = 0; i < steps; ++i) {
      const torch::Tensor batch = torch::randint(images.size(0), {kBatch}, torch::kLong);
      optimizer.zero_grad();
      const torch::Tensor outputs = network->forward(images.index({batch}));
      torch::nn::functional::cross_entropy(outputs, labels.index({batch})).backward();
      optimizer.step();
      schedule.Step();
    }
  }

  void Save(const char* path) const {
    statestone::TorchCheckpoint checkpoint;
    checkpoint.AddModel("model", *network);
    checkpoint.AddOptimizer("optimizer", optimizer, "model");
    checkpoint.AddScheduler("schedule", schedule, "optimizer");
    checkpoint.AddRng("rng");
    checkpoint.Save(path);
  }
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 5) {
    std::fputs("usage: digits STEPS DATA.stone RUN.stone NEXT.stone\n", stderr);
    return 2;
  }
  try {
    torch::set_num_threads(1);
    const auto data = statestone::TorchCheckpoint::Open(argv[2]);
    const torch::Tensor images = data.LoadTensor("images");
    const torch::Tensor labels = data.LoadTensor("labels");
    const int64_t train = images.size(0) - kTest;
    Run run;
    run.Restore(argv[3]);
    run.Train(images.slice(0, 0, train), labels.slice(0, 0, train), std::atoi(argv[1]));
    run.Save(argv[4]);
    std::printf("%s steps in C++\n", argv[1]);
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "digits: %s\n", error.what());
    return 1;
  }
}
