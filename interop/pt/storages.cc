#include "interop/pt/storages.h"

#include <string>

#include "codec/bytes/checked.h"
#include "codec/check/require.h"
#include "interop/pt/call_arguments.h"
#include "interop/pt/refusal.h"

namespace statestone::pt {

using pickle::Listed;
using pickle::ObjectId;

StorageView Storages::At(ObjectId storage) {
  const auto found = known_.find(storage);
  if (found != known_.end()) return found->second;
  const StorageView view = Resolve(storage);
  known_.emplace(storage, view);
  return view;
}

DType Storages::ElementType(ObjectId storage_class, std::uint64_t offset) const {
  const auto listed = ListedAs(pickle_.objects, storage_class);
  Require(CheckSite::kPickleRefused, listed != Listed::kQuantizedStorage, [] {
    return Unrepresentable("a quantized tensor",
                           "dequantize it, or save x.int_repr() with its scale");
  });
  Require(CheckSite::kPicklePersistent, listed == Listed::kStorageClass, [&] {
    return Error(ErrorCode::kCorrupt, {.offset = pickle_.file_offset + offset,
                                       .problem = "a storage is of a class that is no storage",
                                       .advice = "copy the file again"});
  });
  const auto row = static_cast<std::uint32_t>(pickle_.objects[storage_class].integer);
  return *DTypeFromName(pickle::GlobalAt(row).dtype);
}

// The persistent id is ('storage', class, key, device, number of elements); the device a tensor was
// on is no part of its value.
StorageView Storages::Resolve(ObjectId storage) {
  const std::uint64_t offset = pickle_.objects[storage].call.offset;
  const CallArguments id(pickle_, pickle_.objects[storage].call.args, offset, "a storage");
  StorageView view{.dtype = ElementType(id.at(1), offset)};
  const std::string_view key = id.String(2);
  const std::uint64_t elements = id.Unsigned(4, "its number of elements");
  const ZipEntry* entry = archive_.FindStorage(key);
  Require(CheckSite::kPtRecord, entry != nullptr, [&] {
    return Error(ErrorCode::kCorrupt,
                 {.problem = "the record of a storage is missing",
                  .expected = "data/" + std::string(key),
                  .advice = "the file is damaged or was cut down: copy it again"});
  });
  // torch rounds the number of elements down when the bytes are no whole number of them.
  const std::uint64_t element_bytes = ElementBytes(view.dtype);
  Require(CheckSite::kPtStorageSize, entry->bytes / element_bytes == elements, [&] {
    return Error(ErrorCode::kCorrupt,
                 {.offset = entry->offset,
                  .problem = "zip entry " + entry->name + ": it is not of its storage's size",
                  .expected = std::to_string(elements) + " elements of " +
                              std::to_string(element_bytes) + " bytes",
                  .found = std::to_string(entry->bytes) + " bytes",
                  .advice = "copy the file again"});
  });
  view.bytes = entry->bytes;
  const auto [number, fresh] = numbers_.emplace(entry, static_cast<std::uint32_t>(entries_.size()));
  if (fresh) entries_.push_back(entry);
  view.record = number->second;
  return view;
}

}  // namespace statestone::pt
