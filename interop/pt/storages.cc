#include "interop/pt/storages.h"

#include <string>

#include "codec/bytes/checked.h"
#include "codec/check/require.h"

namespace statestone::pt {

using pickle::ObjectId;

StorageView Storages::At(ObjectId storage) {
  const auto found = known_.find(storage);
  if (found != known_.end()) return found->second;
  const StorageView view = Resolve(storage);
  known_.emplace(storage, view);
  return view;
}

StorageView Storages::Resolve(ObjectId storage) {
  const StorageReference reference = ReadStorageReference(pickle_, storage);
  const auto place = container_.FindStorage(reference.key);
  Require(CheckSite::kPtRecord, place.has_value(), [&] {
    return Error(ErrorCode::kCorrupt,
                 {.problem = "the record of a storage is missing",
                  .expected = container_.StorageName(reference.key),
                  .advice = "the file is damaged or was cut down: copy it again"});
  });
  const StoredBytes stored = container_.Stored(*place);
  // torch rounds the number of elements down when the bytes are no whole number of them.
  const std::uint64_t element_bytes = ElementBytes(reference.element.dtype);
  Require(CheckSite::kPtStorageSize, stored.bytes / element_bytes == reference.elements, [&] {
    return Error(ErrorCode::kCorrupt,
                 {.offset = stored.offset,
                  .problem = stored.name + ": it is not of its storage's size",
                  .expected = std::to_string(reference.elements) + " elements of " +
                              std::to_string(element_bytes) + " bytes",
                  .found = std::to_string(stored.bytes) + " bytes",
                  .advice = "copy the file again"});
  });
  const auto [number, fresh] =
      numbers_.emplace(*place, static_cast<std::uint32_t>(records_.size()));
  if (fresh) records_.push_back(*place);
  StorageView view{
      .element = reference.element, .record = number->second, .offset = 0, .bytes = stored.bytes};
  if (reference.view) Narrow(view, reference, storage);
  return view;
}

void Storages::Narrow(StorageView& view, const StorageReference& reference,
                      ObjectId storage) const {
  const std::uint64_t element_bytes = ElementBytes(reference.element.dtype);
  const auto offset = bytes::CheckedMultiply(reference.view->first, element_bytes);
  const auto bytes = bytes::CheckedMultiply(reference.view->elements, element_bytes);
  Require(CheckSite::kPtStorageView,
          offset && bytes && bytes::RangeFits(*offset, *bytes, view.bytes), [&] {
            return Error(ErrorCode::kCorrupt,
                         {.offset = pickle_.file_offset + pickle_.objects[storage].call.offset,
                          .problem = "a view reaches outside of its storage",
                          .expected = std::to_string(reference.elements) + " elements",
                          .found = std::to_string(reference.view->elements) + " from " +
                                   std::to_string(reference.view->first),
                          .advice = "the pickle of this checkpoint is damaged: copy the file "
                                    "again"});
          });
  view.offset = *offset;
  view.bytes = *bytes;
}

}  // namespace statestone::pt
