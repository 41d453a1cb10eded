#include "examples/crepe/network.h"

#include <string>

CrepeImpl::CrepeImpl(const ChannelCounts& channels) {
  int64_t inputs = 1;
  for (std::size_t i = 0; i < channels.size(); ++i) {
    // The first convolution steps over four samples at a time; each pads so that 1024 samples
    // become 256 and then halve with every pooling.
    const bool first = i == 0;
    const std::string name = "conv" + std::to_string(i + 1);
    Block block;
    block.convolution = register_module(
        name, torch::nn::Conv2d(torch::nn::Conv2dOptions(inputs, channels[i], {first ? 512 : 64, 1})
                                    .stride({first ? 4 : 1, 1})));
    block.normalization = register_module(
        name + "_BN",
        torch::nn::BatchNorm2d(
            torch::nn::BatchNorm2dOptions(channels[i]).eps(0.0010000000474974513).momentum(0.0)));
    block.padding_before = first ? 254 : 31;
    block.padding_after = first ? 254 : 32;
    blocks_.push_back(block);
    inputs = channels[i];
  }
  const int64_t samples_left = kFrameSamples / 4 / 64;
  classifier_ = register_module("classifier", torch::nn::Linear(samples_left * inputs, kPitchBins));
}

torch::Tensor CrepeImpl::forward(torch::Tensor frames) {
  namespace F = torch::nn::functional;
  torch::Tensor x = frames.unsqueeze(1).unsqueeze(-1);
  for (Block& block : blocks_) {
    x = F::pad(x, F::PadFuncOptions({0, 0, block.padding_before, block.padding_after}));
    x = block.normalization(torch::relu(block.convolution(x)));
    x = F::max_pool2d(x, F::MaxPool2dFuncOptions({2, 1}).stride({2, 1}));
  }
  x = x.permute({0, 2, 1, 3}).flatten(1);
  return torch::sigmoid(classifier_(x));
}
