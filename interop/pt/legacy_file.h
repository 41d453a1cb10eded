// The container that torch.save wrote before 1.6: pickles one behind the other, and storages.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <unordered_map>

#include "interop/pt/sequential_container.h"
#include "interop/pt/stream.h"

namespace statestone::pt {

/// Whether these are the first bytes of such a file, at least 64 of them if there are as many.
bool StartsLegacyFile(std::string_view first_bytes);

/// Pickles of a number that marks the file, of a version, of the system it was saved on, of the
/// value and of the keys of its storages; then for each key an int64 number of elements, and these.
/// Nothing in it is summed: damage to the bytes of elements does not show.
class LegacyFile final : public SequentialContainer {
 public:
  /// `source` is one by its first bytes. \throws Error io
  explicit LegacyFile(const std::filesystem::path& source);

  /// The file is checked from its first to its last byte, all but the elements.
  pickle::Pickle ReadPickle() override;

 private:
  // What the pickle says of a storage.
  struct Named {
    std::uint64_t element_bytes;
    std::uint64_t elements;
    std::uint32_t row;  // of its class in the list
  };
  using NamedStorages = std::unordered_map<std::string_view, Named>;

  void CheckStart();
  static NamedStorages StoragesOf(const pickle::Pickle& pickle);
  void TakeStorages(const NamedStorages& named);
  void CheckEnd() const;

  Stream stream_;
};

}  // namespace statestone::pt
