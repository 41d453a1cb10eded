#include "interop/pt/storage_view.h"

#include <string>

#include "codec/check/require.h"
#include "interop/pt/call_arguments.h"

namespace statestone::pt {
namespace {

using pickle::Kind;
using pickle::Listed;
using pickle::ObjectId;

StorageElement ReadElement(const pickle::Pickle& pickle, ObjectId storage_class,
                           std::uint64_t offset) {
  const auto listed = ListedAs(pickle.objects, storage_class);
  Require(CheckSite::kPicklePersistent,
          listed == Listed::kStorageClass || listed == Listed::kQuantizedStorage, [&] {
            return Error(ErrorCode::kCorrupt,
                         {.offset = pickle.file_offset + offset,
                          .problem = "a storage is of a class that is no storage",
                          .advice = "copy the file again"});
          });
  StorageElement element;
  element.row = static_cast<std::uint32_t>(pickle.objects[storage_class].integer);
  const pickle::Global& row = pickle::GlobalAt(element.row);
  element.dtype = StoredDType(row);
  if (listed == Listed::kQuantizedStorage) element.quantized = row.dtype;
  return element;
}

}  // namespace

// Quantized elements are integers; those of less than a byte stand several in one.
DType StoredDType(const pickle::Global& storage_class) {
  if (storage_class.listed == Listed::kStorageClass) return *DTypeFromName(storage_class.dtype);
  if (storage_class.dtype == "qint8") return DType::kInt8;
  return storage_class.dtype == "qint32" ? DType::kInt32 : DType::kUInt8;
}

// The persistent id is ('storage', class, key, device, number of elements), and in old files a
// view; the device a tensor was on is no part of its value.
StorageReference ReadStorageReference(const pickle::Pickle& pickle, ObjectId storage) {
  const std::uint64_t offset = pickle.objects[storage].call.offset;
  const CallArguments id(pickle, pickle.objects[storage].call.args, offset, "a storage");
  StorageReference reference{.element = ReadElement(pickle, id.at(1), offset),
                             .key = id.String(2),
                             .elements = id.Unsigned(4, "its number of elements")};
  if (id.size() < 6 || pickle.objects.Is(id.at(5), Kind::kNone)) return reference;
  const CallArguments view(pickle, id.at(5), offset, "a view of a storage");
  view.RequireCount(3, 3);
  reference.view = {.key = view.String(0),
                    .first = view.Unsigned(1, "its first element"),
                    .elements = view.Unsigned(2, "its number of elements")};
  return reference;
}

}  // namespace statestone::pt
