#include "interop/pt/tar_file.h"

#include <algorithm>
#include <array>
#include <initializer_list>
#include <span>
#include <utility>

#include "codec/check/require.h"
#include "interop/pt/call_arguments.h"
#include "interop/pt/storage_view.h"
#include "interop/pt/system_info.h"
#include "statestone/dtype.h"

namespace statestone::pt {
namespace {

using pickle::Kind;
using pickle::kNoObject;
using pickle::Listed;
using pickle::ObjectId;
using pickle::Pickle;

constexpr std::array<std::string_view, 4> kMembers = {"sys_info", "pickle", "tensors", "storages"};

Error CorruptAt(std::uint64_t offset, std::string problem, std::string found = {}) {
  return Error(ErrorCode::kCorrupt, {.offset = offset,
                                     .problem = std::move(problem),
                                     .found = std::move(found),
                                     .advice = "copy the file again"});
}

// The root of a pickle that is a tuple of so many members.
std::span<const ObjectId> TupleOf(const Pickle& pickle, ObjectId id, std::size_t count,
                                  const std::string& what) {
  const bool fits = pickle.objects.Is(id, Kind::kTuple) && pickle.objects.Items(id).size() == count;
  Require(CheckSite::kPtTarPickle, fits,
          [&] { return CorruptAt(pickle.file_offset, what + " is described in another way"); });
  return pickle.objects.Items(id);
}

std::int64_t IntegerOf(const Pickle& pickle, ObjectId id, const std::string& what) {
  Require(CheckSite::kPtTarPickle, pickle.objects.Is(id, Kind::kInt),
          [&] { return CorruptAt(pickle.file_offset, what + " is no number"); });
  return pickle.objects[id].integer;
}

std::uint32_t RowOf(const Pickle& pickle, ObjectId id, std::initializer_list<Listed> listed,
                    const std::string& what) {
  const auto found = ListedAs(pickle.objects, id);
  Require(CheckSite::kPtTarPickle, found && std::ranges::find(listed, *found) != listed.end(),
          [&] { return CorruptAt(pickle.file_offset, what + " is of a class that is none"); });
  return static_cast<std::uint32_t>(pickle.objects[id].integer);
}

std::int64_t TakeCount(Stream& stream, const std::string& what) {
  const Pickle count = stream.TakePlain(what);
  return IntegerOf(count, count.root, what);
}

void RequireEnd(const Stream& stream, std::string_view member) {
  Require(CheckSite::kPtTarMember, stream.remaining() == 0, [&] {
    return stream.Corrupt("bytes are left over in the member " + std::string(member), {},
                          std::to_string(stream.remaining()) + " bytes");
  });
}

}  // namespace

// torch unpacks the members that it knows and looks at no other; here nothing is left unread.
void TarFile::FindMembers() {
  for (TarMember& member : ReadTarDirectory(*positioned_)) {
    Require(CheckSite::kPtTarMember, std::ranges::find(kMembers, member.name) != kMembers.end(),
            [&] {
              return CorruptAt(member.offset, "the tar file holds a member that no checkpoint has",
                               member.name);
            });
    const std::string name = member.name;
    const std::uint64_t offset = member.offset;
    Require(CheckSite::kPtTarMember, members_.emplace(name, std::move(member)).second,
            [&] { return CorruptAt(offset, "the tar file holds a member twice", name); });
  }
  for (const std::string_view name : kMembers) {
    Require(CheckSite::kPtTarMember, members_.contains(std::string(name)),
            [&] { return CorruptAt(0, "the tar file lacks the member " + std::string(name)); });
  }
}

Stream TarFile::OpenMember(std::string_view member) const {
  const TarMember& found = members_.at(std::string(member));
  return {mapped_, positioned_, found.offset, found.offset + found.bytes};
}

void TarFile::TakeStorages() {
  Stream stream = OpenMember("storages");
  const std::int64_t count = TakeCount(stream, "the number of storages");
  for (std::int64_t i = 0; i < count; ++i) {
    const Pickle pickle = stream.TakePlain("a storage");
    const auto parts = TupleOf(pickle, pickle.root, 3, "a storage");
    const std::int64_t number = IntegerOf(pickle, parts[0], "the number of a storage");
    const std::uint32_t row =
        RowOf(pickle, parts[2], {Listed::kStorageClass, Listed::kQuantizedStorage}, "a storage");
    const std::uint64_t element_bytes = ElementBytes(StoredDType(pickle::GlobalAt(row)));
    storages_.Take(stream, std::to_string(number), element_bytes, std::nullopt);
    const auto elements =
        static_cast<std::int64_t>(storages_[storages_.size() - 1].bytes / element_bytes);
    numbered_storages_.emplace(number, NumberedStorage{row, number, elements, 0, -1});
  }
  TakeParts(stream);
  RequireEnd(stream, "storages");
}

// (number, that of the whole, first element, elements) for each storage that is a part.
void TarFile::TakeParts(Stream& stream) {
  const Pickle pickle = stream.TakePlain("the parts of storages");
  const bool list = pickle.objects.Is(pickle.root, Kind::kList) &&
                    pickle.objects[pickle.root].source == kNoObject;
  Require(CheckSite::kPtTarPickle, list, [&] {
    return CorruptAt(pickle.file_offset, "the parts of storages are described in another way");
  });
  for (const ObjectId item : pickle.objects.Items(pickle.root)) {
    const auto parts = TupleOf(pickle, item, 4, "a part of a storage");
    std::array<std::int64_t, 4> numbers{};
    for (std::size_t i = 0; i < numbers.size(); ++i) {
      numbers[i] = IntegerOf(pickle, parts[i], "a part of a storage");
    }
    const auto whole = numbered_storages_.find(numbers[1]);
    Require(CheckSite::kPtTarPart, whole != numbered_storages_.end() && whole->second.part < 0,
            [&] {
              return CorruptAt(pickle.file_offset, "a part is one of a storage that is not there",
                               std::to_string(numbers[1]));
            });
    NumberedStorage part = whole->second;
    part.first = numbers[2];
    part.part = numbers[3];
    Require(CheckSite::kPtTarPart,
            part.part >= 0 && numbered_storages_.emplace(numbers[0], part).second, [&] {
              return CorruptAt(pickle.file_offset, "a part is described in another way",
                               std::to_string(numbers[0]));
            });
  }
}

void TarFile::TakeTensors() {
  Stream stream = OpenMember("tensors");
  const std::int64_t count = TakeCount(stream, "the number of tensors");
  for (std::int64_t i = 0; i < count; ++i) TakeTensor(stream);
  RequireEnd(stream, "tensors");
}

void TarFile::TakeTensor(Stream& stream) {
  const Pickle pickle = stream.TakePlain("a tensor");
  const auto parts = TupleOf(pickle, pickle.root, 3, "a tensor");
  const std::int64_t number = IntegerOf(pickle, parts[0], "the number of a tensor");
  NumberedTensor tensor;
  tensor.storage = IntegerOf(pickle, parts[1], "the number of a tensor's storage");
  const std::uint32_t type = RowOf(pickle, parts[2], {Listed::kTensorType}, "a tensor");
  const auto storage = numbered_storages_.find(tensor.storage);
  Require(CheckSite::kPtTarTensor, storage != numbered_storages_.end(), [&] {
    return CorruptAt(pickle.file_offset, "a tensor's storage is not there",
                     std::to_string(tensor.storage));
  });
  Require(CheckSite::kPtTensorType,
          pickle::GlobalAt(type).dtype == pickle::GlobalAt(storage->second.row).dtype, [&] {
            return CorruptAt(pickle.file_offset, "a tensor is not of its storage's dtype",
                             std::string(pickle::GlobalAt(type).name));
          });
  const std::int32_t dims = stream.TakeInt32("the number of a tensor's dimensions");
  stream.TakeInt32("the number of a tensor's dimensions");  // it was written in 64 bits
  const bool fits = dims >= 0 && static_cast<std::uint64_t>(dims) <= stream.remaining() / 16;
  Require(CheckSite::kPtTarTensor, fits, [&] {
    return stream.Corrupt("a tensor has another number of dimensions than the file has bytes for",
                          {}, std::to_string(dims));
  });
  for (auto* list : {&tensor.shape, &tensor.strides}) {
    for (std::int32_t k = 0; k < dims; ++k) list->push_back(stream.TakeInt64("a tensor's shape"));
  }
  tensor.offset = stream.TakeInt64("a tensor's offset");
  Require(CheckSite::kPtTarTensor, numbered_tensors_.emplace(number, std::move(tensor)).second,
          [&] {
            return CorruptAt(pickle.file_offset, "a tensor stands in the file twice",
                             std::to_string(number));
          });
}

Pickle TarFile::ReadPickle() {
  FindMembers();
  Stream system = OpenMember("sys_info");
  RequireLittleEndian(system.TakePlain("the system it was saved on"));
  RequireEnd(system, "sys_info");
  TakeStorages();
  TakeTensors();
  Stream stream = OpenMember("pickle");
  Pickle pickle = stream.TakePickle(pickle::References::kNumbers);
  RequireEnd(stream, "pickle");
  FillReferences(pickle, numbered_storages_, numbered_tensors_);
  return pickle;
}

}  // namespace statestone::pt
