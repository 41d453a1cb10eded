// A general checkpoint: stop a run, and go on with the same bits.
#include "network.h"

int main() {
  Net net;
  statestone::optim::AdamW adam(net.parameters());
  Train(net, adam, 3);
  statestone::TorchCheckpoint checkpoint;
  checkpoint.AddModel("model", net);
  checkpoint.AddOptimizer("optimizer", adam, "model");
  checkpoint.AddRng("rng");
  checkpoint["epoch"] = 3;
  checkpoint.Save("run.stone");
  Train(net, adam, 3);

  Net resumed;
  statestone::optim::AdamW resumed_adam(resumed.parameters());
  const auto run = statestone::TorchCheckpoint::Open("run.stone");
  run.Restore("model", resumed);
  run.Restore("optimizer", resumed_adam, resumed);
  run.RestoreRng("rng");
  Train(resumed, resumed_adam, 3);
  Check(torch::equal(resumed.classifier->weight, net.classifier->weight));
}
