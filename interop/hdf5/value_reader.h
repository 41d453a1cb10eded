// Attributes and datasets of texts, as values.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "interop/hdf5/library.h"
#include "statestone/checkpoint.h"

namespace statestone::hdf5 {

/// What attributes and texts of one file may add up to.
inline constexpr std::uint64_t kMostValueBytes = 64ull << 20;
inline constexpr std::uint64_t kMostValues = 4ull << 20;

/// Not thread-safe; within a Session. The checkpoint must outlive it.
class ValueReader {
 public:
  explicit ValueReader(Checkpoint& checkpoint) : checkpoint_(checkpoint) {}

  /// An attribute: a text or nested lists of them, bytes where they are not UTF-8; a bool, int64,
  /// uint64, float64 or complex128 as the plain value, other numbers as typed scalars; an array of
  /// numbers as an anonymous tensor; null if it is empty by declaration.
  /// \throws Error unsupported (other types), corrupt, limit
  Value ReadAttribute(hid_t attribute);

  /// A dataset whose elements are texts.
  Value ReadTexts(hid_t dataset, const std::vector<std::uint64_t>& shape);

  /// Counts something against what a file may have. \throws Error limit
  void Spend(std::uint64_t values, std::uint64_t bytes);

 private:
  // A dataset or an attribute, which the library reads by two functions.
  struct Source {
    hid_t id;
    bool is_dataset;
    Handle Type() const;
    void Read(hid_t type, void* out) const;
  };

  std::vector<Value> ReadTexts(const Source& source, std::uint64_t count);
  std::vector<Value> ReadFixedTexts(const Source& source, hid_t type, std::uint64_t count);
  std::vector<Value> ReadVariableTexts(const Source& source, hid_t type, hid_t space,
                                       std::uint64_t count);
  Value ReadTexts(const Source& source, const std::vector<std::uint64_t>& shape);
  Value ReadNumbers(const Source& source, const std::vector<std::uint64_t>& shape);

  Checkpoint& checkpoint_;
  std::uint64_t values_left_ = kMostValues;
  std::uint64_t bytes_left_ = kMostValueBytes;
};

}  // namespace statestone::hdf5
