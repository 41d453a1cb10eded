// Memory that is kept between chunks: the first touch of fresh pages costs more than coding them.
#pragma once

#include <cstddef>
#include <memory>

namespace statestone::chunk {

class ScratchBuffer {
 public:
  /// At least `size` bytes, not initialised; what earlier calls returned is no longer valid.
  std::byte* AtLeast(std::size_t size) {
    if (size > size_) {
      bytes_.reset();  // before the new one is made: the peak is one buffer, not two
      size_ = 0;
      bytes_ = std::make_unique_for_overwrite<std::byte[]>(size);
      size_ = size;
    }
    return bytes_.get();
  }

 private:
  std::unique_ptr<std::byte[]> bytes_;
  std::size_t size_ = 0;
};

}  // namespace statestone::chunk
