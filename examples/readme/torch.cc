// The README's example of the bridge to LibTorch.
#include <statestone/torch.h>
#include <torch/torch.h>

#include <cstdio>

namespace {

torch::nn::Sequential MakeNet(int64_t width) {
  return torch::nn::Sequential(torch::nn::Linear(8, width), torch::nn::ReLU(),
                               torch::nn::Linear(width, 2));
}

void Step(torch::nn::Sequential& net, torch::optim::Optimizer& optimizer) {
  optimizer.zero_grad();
  net->forward(torch::ones({4, 8})).square().mean().backward();
  optimizer.step();
}

}  // namespace

int main() {
  auto net = MakeNet(128);
  statestone::optim::AdamW adam(net->parameters(), torch::optim::AdamWOptions(1e-2));
  Step(net, adam);

  statestone::TorchCheckpoint checkpoint;
  checkpoint.AddModel("model", *net);                   // parameters, buffers, ties, training flags
  checkpoint.AddOptimizer("optimizer", adam, "model");  // state by the names of its parameters
  checkpoint["epoch"] = 12;
  checkpoint["config"] = {{"width", 128}, {"dropout", 0.1}};
  checkpoint.Save("run.stone");

  auto run = statestone::TorchCheckpoint::Open("run.stone");
  auto resumed = MakeNet(run["config"]["width"].AsInt());
  auto report = run.Restore("model", *resumed);  // all or nothing; throws with the whole report
  statestone::optim::AdamW resumed_adam(resumed->parameters());  // Python's formula, bit for bit
  run.Restore("optimizer", resumed_adam, *resumed);

  Step(net, adam);
  Step(resumed, resumed_adam);
  const bool same = torch::equal(net->parameters()[0], resumed->parameters()[0]);
  std::printf("epoch %ld, %zu tensors, %s\n", static_cast<long>(run["epoch"].AsInt()),
              report.loaded.size(), same ? "the same" : "different");
  return same ? 0 : 1;
}
