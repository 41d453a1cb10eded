#include "interop/safetensors/import_set.h"

#include <cerrno>
#include <utility>

#include "codec/check/require.h"
#include "interop/safetensors/import.h"
#include "interop/safetensors/metadata.h"
#include "interop/safetensors/set_index.h"
#include "statestone/display.h"

namespace statestone::safetensors {
namespace {

class SetImport {
 public:
  SetImport(SetIndex index, std::filesystem::path folder)
      : index_(std::move(index)), folder_(std::move(folder)) {
    imported_.kind = FileKind::kSafetensorsIndex;
    scope_ = imported_.checkpoint.AddScope();
  }

  ImportedCheckpoint Run(std::uint64_t index_bytes) {
    imported_.source_bytes = index_bytes;
    for (std::uint32_t i = 0; i < index_.files.size(); ++i) {
      const std::filesystem::path path = folder_ / index_.files[i];
      try {
        AddFile(i, path);
      } catch (const Error& error) {
        throw error.WithPath(path.string());
      }
    }
    RequireAllFound();
    Value attributes = Attributes();
    imported_.checkpoint.AddValue(
        "", attributes.is_null() ? Value::TensorDict(scope_)
                                 : Value::OrderedTensorDict(scope_, std::move(attributes)));
    return std::move(imported_);
  }

 private:
  void AddFile(std::uint32_t number, const std::filesystem::path& path) {
    const std::shared_ptr<const file::ByteSource> source = Open(number, path);
    imported_.source_bytes += source->size();
    const Header header = ReadHeader(*source);
    for (const HeaderTensor& tensor : header.tensors) {
      const auto place = index_.places.find(tensor.name);
      const bool expected = place != index_.places.end() && place->second.file == number;
      Require(CheckSite::kSafetensorsSetExtra, expected, [&] {
        return Error(
            ErrorCode::kCorrupt,
            {.entry = EscapePathComponent(tensor.name),
             .problem = "the file has a tensor that the index does not give to it",
             .found = place == index_.places.end() ? "not in the index"
                                                   : "in " + index_.files[place->second.file],
             .advice = "index and files are not of one set: copy all of them again"});
      });
      if (expected) place->second.found = true;
      imported_.checkpoint.AddTensor(scope_, Describe(source, path.string(), header, tensor));
    }
    MergeMetadata(number, header.metadata);
  }

  std::shared_ptr<const file::ByteSource> Open(std::uint32_t number,
                                               const std::filesystem::path& path) const {
    try {
      return file::OpenPositioned(path);
    } catch (const Error& error) {
      if (error.fields().system_error != ENOENT) throw;
      const auto* first =
          First([number](const SetIndex::Place& place) { return place.file == number; });
      throw Error(ErrorCode::kNotFound, {.path = path.string(),
                                         .entry = EscapePathComponent(first->first),
                                         .problem = "a file of the set is missing",
                                         .advice = "put it beside the index"});
    }
  }

  // The first in order of the names, so that an error is always the same.
  template <typename Wanted>
  const std::pair<const std::string, SetIndex::Place>* First(Wanted wanted) const {
    const std::pair<const std::string, SetIndex::Place>* first = nullptr;
    for (const auto& named : index_.places) {
      if (!wanted(named.second)) continue;
      if (first == nullptr || named.first < first->first) first = &named;
    }
    return first;
  }

  void RequireAllFound() const {
    const auto* missing = First([](const SetIndex::Place& place) { return !place.found; });
    Require(CheckSite::kSafetensorsSetMissing, missing == nullptr, [&] {
      return Error(ErrorCode::kNotFound,
                   {.path = (folder_ / index_.files[missing->second.file]).string(),
                    .entry = EscapePathComponent(missing->first),
                    .problem = "the file lacks a tensor that the index says is in it",
                    .advice = "index and files are not of one set: copy all of them again"});
    });
  }

  // Files of a set say the same of themselves, mostly {"format": "pt"}; what later ones say
  // otherwise is listed.
  void MergeMetadata(std::uint32_t number, const std::optional<Metadata>& metadata) {
    if (number == 0) {
      metadata_ = metadata;
    } else if (metadata && metadata != metadata_) {
      imported_.skipped.push_back(
          {.path = std::string(kMetadataKey),
           .reason = index_.files[number] + " has other metadata than " + index_.files[0]});
    }
  }

  Value Attributes() {
    const Value attributes = AttributesOf(metadata_);
    std::vector<Value::Pair> pairs;
    for (std::size_t i = 0; i < attributes.keys().size(); ++i) {
      pairs.emplace_back(attributes.keys()[i], attributes.items()[i]);
    }
    std::vector<Value::Pair> said;
    for (std::size_t i = 0; i < index_.metadata.keys().size(); ++i) {
      const Value& key = index_.metadata.keys()[i];
      if (key.AsString() != "total_size") said.emplace_back(key, index_.metadata.items()[i]);
    }
    if (!said.empty()) {
      pairs.emplace_back(Value(kIndexAttribute), Value::Map(std::move(said)));
    }
    return pairs.empty() ? attributes : Value::Map(std::move(pairs));
  }

  SetIndex index_;
  std::filesystem::path folder_;
  ImportedCheckpoint imported_;
  ScopeRef scope_;
  std::optional<Metadata> metadata_;
};

}  // namespace

ImportedCheckpoint ImportSet(const std::filesystem::path& index, const ImportOptions& /*options*/) {
  try {
    const auto source = file::OpenPositioned(index);
    return SetImport(ReadSetIndex(*source), index.parent_path()).Run(source->size());
  } catch (const Error& error) {
    throw error.WithPath(index.string());
  }
}

}  // namespace statestone::safetensors
