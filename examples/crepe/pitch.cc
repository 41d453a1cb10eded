#include "examples/crepe/pitch.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "examples/crepe/network.h"

torch::Tensor ToneFrame(double hertz) {
  const double sample_rate = 16000;
  auto time = torch::arange(kFrameSamples, torch::kFloat64) / sample_rate;
  auto frame = torch::sin(2 * std::numbers::pi * hertz * time);
  return ((frame - frame.mean()) / frame.std()).to(torch::kFloat32);
}

double PitchHertz(const torch::Tensor& activations) {
  const double cents_between_bins = 20;
  const double cents_of_first_bin = 1997.3794084376191;  // above 10 Hz
  const int64_t neighbours = 4;
  const auto highest = activations.argmax().item<int64_t>();
  const int64_t first = std::max<int64_t>(0, highest - neighbours);
  const int64_t end = std::min(kPitchBins, highest + neighbours + 1);
  auto weights = activations.slice(0, first, end).to(torch::kFloat64);
  auto cents = torch::arange(first, end, torch::kFloat64) * cents_between_bins + cents_of_first_bin;
  const double mean = ((weights * cents).sum() / weights.sum()).item<double>();
  return 10 * std::exp2(mean / 1200);
}
