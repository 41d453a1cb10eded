// Several models and their optimizers in one file.
#include "network.h"

int main() {
  Net generator;
  Net critic(1);
  statestone::optim::Adam generator_adam(generator.parameters());
  statestone::optim::Adam critic_adam(critic.parameters(), torch::optim::AdamOptions(1e-4));
  statestone::TorchCheckpoint checkpoint;
  checkpoint.AddModel("generator", generator);
  checkpoint.AddModel("critic", critic);
  checkpoint.AddOptimizer("generator_adam", generator_adam, "generator");
  checkpoint.AddOptimizer("critic_adam", critic_adam, "critic");
  checkpoint.Save("gan.stone");

  const auto gan = statestone::TorchCheckpoint::Open("gan.stone");
  gan.Restore("generator", generator);
  gan.Restore("critic", critic);
  gan.Restore("critic_adam", critic_adam, critic);
  Check(gan.LoadTensor("critic/classifier.weight").size(0) == 1);
}
