// Tones in, pitches out: what stands around the network.
#pragma once

#include <torch/torch.h>

/// One frame [1024] of a sine at 16 kHz, brought to mean 0 and deviation 1.
torch::Tensor ToneFrame(double hertz);

/// The pitch in Hz that activations [360] speak for: the mean of the bins around the highest,
/// weighted by activation.
double PitchHertz(const torch::Tensor& activations);
