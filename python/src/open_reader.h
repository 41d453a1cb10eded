// A Reader with what Python needs around it: the GIL given up, and reads that Ctrl-C ends.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <tuple>
#include <vector>

#include "python/src/binding.h"
#include "python/src/memory.h"
#include "statestone/reader.h"

namespace statestone::python {

/// Index of a tensor, address and size of where its elements go, in row-major order.
using TensorRead = std::tuple<std::uint32_t, std::uintptr_t, std::size_t>;
/// Storage, offset in it, address and size of where these bytes go.
using RangeRead = std::tuple<std::uint32_t, std::uint64_t, std::uintptr_t, std::size_t>;

/// Thread-safe, as Reader.
class OpenReader {
 public:
  /// `interruptible`: a signal handler that raises ends a long read, and this reader with it.
  static OpenReader Open(const std::filesystem::path& path, const std::string& access,
                         bool writable_views, std::size_t threads,
                         std::optional<std::uint64_t> max_bytes, std::uint64_t generation,
                         bool interruptible);
  static OpenReader FromBytes(const nb::bytes& file, std::size_t threads);

  const Reader& reader() const { return reader_; }

  /// Runs `work` without the GIL.
  void Run(const std::function<void(const Reader&)>& work) const;

  void CheckSums(const std::vector<std::uint32_t>& tensors) const;
  void Read(const std::vector<TensorRead>& tensors, const std::vector<RangeRead>& ranges) const;
  void ReadSlice(std::uint32_t tensor, std::uint64_t first, std::uint64_t count,
                 std::uintptr_t address, std::size_t nbytes) const;
  /// The tensor's extent in place, or nothing where it must be decoded.
  std::optional<Memory> View(std::uint32_t tensor) const;

 private:
  OpenReader(Reader reader, std::stop_source stop, bool interruptible, bool writable_views);

  Reader reader_;
  mutable std::stop_source stop_;
  bool interruptible_;
  bool writable_views_;
};

}  // namespace statestone::python
