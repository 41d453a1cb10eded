// Saves a network and what belongs to its training, and resumes from the file.
#include <statestone/torch.h>
#include <torch/torch.h>

#include <iostream>

int main() {
  torch::nn::Sequential net(torch::nn::Linear(8, 4), torch::nn::BatchNorm1d(4));

  statestone::TorchCheckpoint checkpoint;
  checkpoint.AddModel("model", *net);
  checkpoint["epoch"] = 12;
  checkpoint["config"] = {{"width", 128}, {"dropout", 0.1}};
  checkpoint.Save("run.stone");

  torch::nn::Sequential resumed(torch::nn::Linear(8, 4), torch::nn::BatchNorm1d(4));
  auto run = statestone::TorchCheckpoint::Open("run.stone");
  auto report = run.Restore("model", *resumed);
  int64_t epoch = run["epoch"].AsInt();

  auto x = torch::randn({3, 8});
  net->eval();
  resumed->eval();
  if (!torch::equal(net->forward(x), resumed->forward(x))) return 1;
  std::cout << report.ToString() << "\nepoch " << epoch << "\n";
}
