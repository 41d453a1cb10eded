// Warm start: parameters of a different model, as far as they fit.
#include "network.h"

int main() {
  statestone::TorchCheckpoint checkpoint;
  checkpoint.AddModel("model", Net(10));
  checkpoint.Save("pretrained.stone");
  const auto pretrained = statestone::TorchCheckpoint::Open("pretrained.stone");

  Net net(3);  // another head: nothing of it is loaded in silence
  try {
    pretrained.Restore("model", net);
    Check(false);
  } catch (const statestone::MismatchError& error) {
    Check(error.report().shape_changed.size() == 2);
  }

  const auto report = pretrained.Restore("model", *net.features,
                                         {.rename = {{"features.", ""}}, .allow_unexpected = true});
  Check(report.loaded.size() == 2 && report.unexpected.size() == 2);
}
