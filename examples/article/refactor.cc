// A file outlives the code that wrote it: the class is another one, its layers have other names.
#include "network.h"

struct PitchNet : torch::nn::Module {  // no file names the class that Net was
  torch::nn::Conv2d backbone = register_module("backbone", torch::nn::Conv2d(1, 4, 3));
  torch::nn::Linear head = register_module("head", torch::nn::Linear(144, 10));
};

int main() {
  Net net;
  statestone::TorchCheckpoint checkpoint;
  checkpoint.AddModel("model", net, {.architecture = "pitch", .architecture_version = "1"});
  checkpoint.Save("model.stone");

  PitchNet moved;
  const auto run = statestone::TorchCheckpoint::Open("model.stone");
  run.Restore("model", moved, {.rename = {{"features.", "backbone."}, {"classifier.", "head."}}});
  Check(torch::equal(moved.head->weight, net.classifier->weight));
  Check(run.reader().ReadModel("model").architecture == "pitch");
}
