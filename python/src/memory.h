// Bytes that Python reads and writes through the buffer protocol: of a mapped file, or allocated.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

namespace statestone::python {

struct Memory {
  std::byte* data = nullptr;
  std::size_t bytes = 0;
  std::shared_ptr<const void> owner;
  bool writable = false;
};

}  // namespace statestone::python
