// Finds the pitch of tones with published weights, restored from a .stone file.
//
//   crepe <weights.stone> <folder> <hertz>...
//
// Leaves the network's input and output in the folder, as raw float32: frames.f32 [tones, 1024] and
// activations.f32 [tones, 360]; crepe.py runs Python's network on the same input.
#include <statestone/torch.h>
#include <torch/torch.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <vector>

#include "examples/crepe/network.h"
#include "examples/crepe/pitch.h"

namespace {

// The full and the tiny network differ only in their channels, which the file tells.
ChannelCounts ChannelsInFile(const statestone::Reader& reader) {
  ChannelCounts channels;
  for (std::size_t i = 0; i < channels.size(); ++i) {
    const std::string name = "conv" + std::to_string(i + 1) + ".weight";
    const auto weight = reader.FindTensor(name);
    if (!weight) {
      throw statestone::Error(statestone::ErrorCode::kNotFound,
                              {.entry = name, .problem = "these are not weights of CREPE"});
    }
    channels[i] = static_cast<int64_t>(reader.tensor(*weight).shape[0]);
  }
  return channels;
}

void WriteFloats(const std::filesystem::path& path, const torch::Tensor& tensor) {
  std::ofstream file(path, std::ios::binary);
  file.exceptions(std::ios::badbit | std::ios::failbit);
  const auto floats = tensor.contiguous();
  file.write(static_cast<const char*>(floats.data_ptr()),
             static_cast<std::streamsize>(floats.nbytes()));
}

void Run(const std::filesystem::path& weights, const std::filesystem::path& folder,
         const std::vector<double>& tones) {
  // One thread adds up in one order: so the activations are Python's to the last bit.
  torch::set_num_threads(1);
  torch::InferenceMode inference;

  auto run = statestone::TorchCheckpoint::Open(weights);
  Crepe net(ChannelsInFile(run.reader()));
  const auto report = run.Restore("", *net);
  net->eval();
  std::printf("%zu tensors restored from %s\n", report.loaded.size(), weights.c_str());

  std::vector<torch::Tensor> frames;
  for (double hertz : tones) frames.push_back(ToneFrame(hertz));
  const auto input = torch::stack(frames);
  const auto activations = net->forward(input);
  for (std::size_t i = 0; i < tones.size(); ++i) {
    const auto row = activations[static_cast<int64_t>(i)];
    std::printf("tone of %.2f Hz: found %.2f Hz, activation %.3f\n", tones[i], PitchHertz(row),
                row.max().item<double>());
  }
  WriteFloats(folder / "frames.f32", input);
  WriteFloats(folder / "activations.f32", activations);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 4) {
    std::fprintf(stderr, "usage: crepe <weights.stone> <folder> <hertz>...\n");
    return 2;
  }
  std::vector<double> tones;
  for (int i = 3; i < argc; ++i) tones.push_back(std::atof(argv[i]));
  try {
    Run(argv[1], argv[2], tones);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "crepe: %s\n", error.what());
    return 1;
  }
}
