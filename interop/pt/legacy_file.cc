#include "interop/pt/legacy_file.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "codec/bytes/checked.h"
#include "codec/check/require.h"
#include "interop/pt/call_arguments.h"
#include "interop/pt/storage_view.h"
#include "interop/pt/system_info.h"

namespace statestone::pt {
namespace {

using pickle::Kind;
using pickle::kNoObject;
using pickle::Object;
using pickle::ObjectId;
using pickle::Pickle;

// The number 0x1950A86A20F9469CFC6C, little-endian as pickles have it, and in decimal as those of
// protocols 0 and 1.
constexpr std::string_view kMagic{"\x6C\xFC\x9C\x46\xF9\x20\x6A\xA8\x50\x19", 10};
constexpr std::string_view kMagicInDecimal = "L119547037146038801333356L\n.";

// A pickle of protocol 4 tells its size before it starts.
constexpr std::size_t kFrame = 9;

constexpr std::int64_t kVersion = 1001;

bool IsText(const Pickle& pickle, ObjectId id) {
  return pickle.objects.Is(id, Kind::kString) || pickle.objects.Is(id, Kind::kOldString);
}

}  // namespace

bool StartsLegacyFile(std::string_view first_bytes) {
  if (first_bytes.starts_with(kMagicInDecimal)) return true;
  if (first_bytes.size() < 2 || first_bytes[0] != '\x80') return false;
  if (first_bytes[1] < 2 || first_bytes[1] > 5) return false;
  first_bytes.remove_prefix(2);
  if (first_bytes.starts_with('\x95')) {
    first_bytes.remove_prefix(std::min(kFrame, first_bytes.size()));
  }
  return first_bytes.starts_with("\x8A\x0A" + std::string(kMagic) + ".");
}

LegacyFile::LegacyFile(const std::filesystem::path& source)
    : SequentialContainer(source), stream_(mapped_, positioned_, 0, mapped_->size()) {}

void LegacyFile::CheckStart() {
  stream_.TakePlain("the number that marks the file");
  const Pickle version = stream_.TakePlain("the version");
  const Object& number = version.objects[version.root];
  Require(CheckSite::kPtVersion, number.kind == Kind::kInt, [&] {
    return Error(ErrorCode::kCorrupt, {.offset = version.file_offset,
                                       .problem = "the version is no number",
                                       .expected = std::to_string(kVersion),
                                       .advice = "copy the file again"});
  });
  Require(CheckSite::kPtVersion, number.integer == kVersion, [&] {
    return Error(ErrorCode::kUnsupported,
                 {.offset = version.file_offset,
                  .problem = "the container is of a version that no torch reads",
                  .expected = std::to_string(kVersion),
                  .found = std::to_string(number.integer),
                  .advice = "load it with the program that made it, and save it with torch"});
  });
  RequireLittleEndian(stream_.TakePlain("the system it was saved on"));
}

// A storage has one class and one size wherever it is named; views of it likewise. The class of one
// without elements means nothing.
LegacyFile::NamedStorages LegacyFile::StoragesOf(const Pickle& pickle) {
  NamedStorages named;
  std::unordered_map<std::string_view, StorageReference> views;
  for (ObjectId id = 0; id < pickle.objects.size(); ++id) {
    if (!pickle.objects.Is(id, Kind::kStorage)) continue;
    const StorageReference reference = ReadStorageReference(pickle, id);
    const auto corrupt = [&](std::string_view key) {
      return Error(ErrorCode::kCorrupt,
                   {.offset = pickle.file_offset + pickle.objects[id].call.offset,
                    .problem = RawStorages::Name(key) + ": the pickle names it in two ways",
                    .advice = "the pickle of this checkpoint is damaged: copy the file again"});
    };
    const auto [found, fresh] = named.emplace(
        reference.key,
        Named{ElementBytes(reference.element.dtype), reference.elements, reference.element.row});
    const Named& first = found->second;
    Require(CheckSite::kPtStorageNames,
            first.elements == reference.elements &&
                (first.row == reference.element.row || first.elements == 0),
            [&] { return corrupt(reference.key); });
    if (!reference.view) continue;
    const auto [view, new_view] = views.emplace(reference.view->key, reference);
    const StorageReference& known = view->second;
    Require(CheckSite::kPtStorageNames,
            known.key == reference.key && known.view->first == reference.view->first &&
                known.view->elements == reference.view->elements,
            [&] { return corrupt(reference.view->key); });
  }
  for (const auto& [key, view] : views) {
    Require(CheckSite::kPtStorageNames, !named.contains(key), [&, &key = key] {
      return Error(ErrorCode::kCorrupt,
                   {.offset = pickle.file_offset,
                    .problem = RawStorages::Name(key) + ": the pickle names it in two ways",
                    .advice = "the pickle of this checkpoint is damaged: copy the file again"});
    });
  }
  return named;
}

void LegacyFile::TakeStorages(const NamedStorages& named) {
  const Pickle keys = stream_.TakePlain("the keys of the storages");
  const auto corrupt = [&](std::string problem, std::string found = {}) {
    return Error(ErrorCode::kCorrupt, {.offset = keys.file_offset,
                                       .problem = std::move(problem),
                                       .found = std::move(found),
                                       .advice = "copy the file again"});
  };
  const bool list =
      keys.objects.Is(keys.root, Kind::kList) && keys.objects[keys.root].source == kNoObject;
  Require(CheckSite::kPtStorageKeys, list,
          [&] { return corrupt("the keys of the storages are no list"); });
  for (const ObjectId key : keys.objects.Items(keys.root)) {
    Require(CheckSite::kPtStorageKeys, IsText(keys, key),
            [&] { return corrupt("the key of a storage is no text"); });
    const auto storage = named.find(keys.objects.Text(key));
    Require(CheckSite::kPtStorageKeys, storage != named.end(), [&] {
      return corrupt("the file holds a storage that its pickle does not name",
                     RawStorages::Name(keys.objects.Text(key)));
    });
    storages_.Take(stream_, storage->first, storage->second.element_bytes,
                   storage->second.elements);
  }
  for (const auto& [key, storage] : named) {
    Require(CheckSite::kPtStorageKeys, storages_.Find(key).has_value(), [&, &key = key] {
      return corrupt("the pickle names a storage that the file does not hold",
                     RawStorages::Name(key));
    });
  }
}

// torch writes nothing behind the last storage, unless somebody saved twice to one open file.
void LegacyFile::CheckEnd() const {
  if (stream_.remaining() == 0) return;
  std::string next(std::min<std::uint64_t>(stream_.remaining(), 64), '\0');
  positioned_->Read(stream_.position(), std::as_writable_bytes(std::span(next)));
  Require(CheckSite::kPtLegacyEnd, !StartsLegacyFile(next), [&] {
    return Error(ErrorCode::kUnsupported,
                 {.offset = stream_.position(),
                  .problem = "the file holds several checkpoints, one behind the other",
                  .advice = "load them with torch from one open file, and save each to its own"});
  });
  Require(CheckSite::kPtLegacyEnd, false, [&] {
    return stream_.Corrupt("bytes stand behind the last storage", "the end of the file",
                           std::to_string(stream_.remaining()) + " bytes");
  });
}

Pickle LegacyFile::ReadPickle() {
  CheckStart();
  Pickle pickle = stream_.TakePickle(pickle::References::kLegacy);
  TakeStorages(StoragesOf(pickle));
  CheckEnd();
  return pickle;
}

}  // namespace statestone::pt
