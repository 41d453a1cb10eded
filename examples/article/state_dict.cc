// Saving and loading a model, for inference.
#include "network.h"

int main() {
  Net net;
  statestone::TorchCheckpoint checkpoint;
  checkpoint.AddModel("model", net);
  checkpoint.Save("weights.stone");

  Net loaded;
  statestone::TorchCheckpoint::Open("weights.stone").Restore("model", loaded);
  loaded.eval();

  const at::Tensor images = torch::randn({2, 1, 8, 8});
  Check(torch::equal(loaded.forward(images), net.forward(images)));
}
