// A file of Python's DataParallel: a prefix on every name.
#include "network.h"

int main() {
  Net net;
  std::vector<std::pair<std::string, at::Tensor>> prefixed;
  for (const auto& item : net.named_parameters()) {
    prefixed.emplace_back("module." + item.key(), item.value());
  }
  statestone::TorchCheckpoint checkpoint;
  checkpoint.AddTensors("model", prefixed);
  checkpoint.Save("prefixed.stone");

  Net loaded;
  const auto run = statestone::TorchCheckpoint::Open("prefixed.stone");
  run.Restore("model", loaded, {.rename = {{"module.", ""}}});
  Check(torch::equal(loaded.classifier->bias, net.classifier->bias));
}
