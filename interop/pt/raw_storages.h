// Storages whose bytes stand in the file one behind the other, each behind its number of elements.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "interop/pt/container.h"
#include "interop/pt/stream.h"

namespace statestone::pt {

/// The table of such storages. Memory: about 100 bytes for each. Not thread-safe.
class RawStorages {
 public:
  /// Takes the next storage: an int64 number of elements, and their bytes, which are skipped.
  /// `elements`: the number that it must have, if that is known. \throws Error corrupt
  void Take(Stream& stream, std::string_view key, std::uint64_t element_bytes,
            std::optional<std::uint64_t> elements);

  std::size_t size() const { return stored_.size(); }
  std::optional<std::size_t> Find(std::string_view key) const;
  static std::string Name(std::string_view key) { return "storage " + std::string(key); }
  const StoredBytes& operator[](std::size_t storage) const { return stored_[storage]; }

 private:
  std::vector<StoredBytes> stored_;
  std::unordered_map<std::string, std::size_t> by_name_;
};

}  // namespace statestone::pt
