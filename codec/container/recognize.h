// Says what a file seems to be that is not ours, from its first bytes.
#pragma once

#include <cstddef>
#include <span>
#include <string>

namespace statestone::container {

struct Recognized {
  std::string what;    // "a zip archive, perhaps a PyTorch checkpoint"
  std::string advice;  // what to do with it
};

/// `first_bytes`: as many as there are, up to 64. Never throws but for memory.
Recognized Recognize(std::span<const std::byte> first_bytes);

}  // namespace statestone::container
