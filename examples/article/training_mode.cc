// eval() and train(): the mode is kept with a module, and set when asked.
#include "network.h"

int main() {
  Net net;
  net.eval();
  statestone::TorchCheckpoint checkpoint;
  checkpoint.AddModel("model", net);
  checkpoint.Save("model.stone");

  Net loaded;  // in training mode, as modules begin
  const auto run = statestone::TorchCheckpoint::Open("model.stone");
  const auto report = run.Restore("model", loaded);
  Check(loaded.is_training() && report.training_differs.size() == 1);  // said, not changed

  run.Restore("model", loaded, {.apply_training_mode = true});
  Check(!loaded.is_training());
}
