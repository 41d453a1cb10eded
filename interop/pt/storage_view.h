// How a pickle names a storage, and a part of one.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "interop/pickle/globals.h"
#include "interop/pickle/machine.h"
#include "statestone/dtype.h"

namespace statestone::pt {

/// The elements of a class of storages.
struct StorageElement {
  DType dtype = DType::kUInt8;  ///< as they are stored
  /// torch's name of their quantized dtype, such as "qint8"; empty for all others.
  std::string_view quantized;
  std::uint32_t row = 0;  ///< of the class in the list
};

/// A storage as a pickle names it.
struct StorageReference {
  StorageElement element;
  std::string_view key;
  std::uint64_t elements = 0;
  /// A part of it, itself a storage with a key: the first releases had these.
  struct View {
    std::string_view key;
    std::uint64_t first = 0;  ///< element
    std::uint64_t elements = 0;
  };
  std::optional<View> view;
};

/// The dtype that the elements of a class of storages, quantized or not, are stored in.
DType StoredDType(const pickle::Global& storage_class);

/// What an object of kind kStorage says. The pickle must outlive it. Constant time.
/// \throws Error corrupt, with the place of the reference
StorageReference ReadStorageReference(const pickle::Pickle& pickle, pickle::ObjectId storage);

}  // namespace statestone::pt
