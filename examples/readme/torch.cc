// The README's example of the bridge to LibTorch.
#include <statestone/torch.h>
#include <torch/torch.h>

#include <cstdio>

namespace {

torch::nn::Sequential MakeNet(int64_t width) {
  return torch::nn::Sequential(torch::nn::Linear(8, width), torch::nn::ReLU(),
                               torch::nn::Linear(width, 2));
}

}  // namespace

int main() {
  auto net = MakeNet(128);

  statestone::TorchCheckpoint checkpoint;
  checkpoint.AddModel("model", *net);  // parameters, buffers, ties, training flags
  checkpoint["epoch"] = 12;
  checkpoint["config"] = {{"width", 128}, {"dropout", 0.1}};
  checkpoint.Save("run.stone");

  auto run = statestone::TorchCheckpoint::Open("run.stone");
  auto resumed = MakeNet(run["config"]["width"].AsInt());
  auto report = run.Restore("model", *resumed);  // all or nothing; throws with the whole report

  const bool same = torch::equal(net->parameters()[0], resumed->parameters()[0]);
  std::printf("epoch %ld, %zu tensors, %s\n", static_cast<long>(run["epoch"].AsInt()),
              report.loaded.size(), same ? "the same" : "different");
  return same ? 0 : 1;
}
