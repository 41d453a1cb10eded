#include "statestone/changes.h"

#include <algorithm>
#include <optional>
#include <string_view>
#include <tuple>
#include <unordered_map>

#include "codec/container/index.h"
#include "codec/reader/reader_state.h"

namespace statestone {
namespace {

// A value as text with tensors by their paths, since their numbers change from one index to the
// next.
class ValueText {
 public:
  explicit ValueText(const Reader& reader) : reader_(reader) {}

  std::string Of(const Value& value) {  // NOLINT(misc-no-recursion): at most 64 deep
    std::string text = std::to_string(static_cast<int>(value.kind())) + ' ' +
                       std::to_string(value.number()) + ' ' + std::to_string(value.imaginary()) +
                       ' ' + std::to_string(value.raw_bytes().size()) + ':' + value.raw_bytes();
    const bool has_tensor = value.raw_tensor() < reader_.tensor_count();
    if (has_tensor) text += " tensor " + reader_.DisplayPaths()[value.raw_tensor()];
    text += '[';
    for (const Value& key : value.keys()) text += Of(key);
    text += "][";
    for (const Value& item : value.items()) text += Of(item);
    text += ']';
    if (!value.attributes().is_null()) text += "attributes " + Of(value.attributes());
    return text;
  }

  std::string Of(const ModelInfo& model) {
    std::string text = model.architecture + '\n' + model.architecture_version + '\n' +
                       std::to_string(static_cast<int>(model.training)) + '\n';
    for (const std::string& name : model.training_exceptions) text += name + '\n';
    return text + Of(model.config) + Of(model.metadata);
  }

 private:
  const Reader& reader_;
};

class Comparison {
 public:
  Comparison(const Reader& before, const Reader& after) : before_(before), after_(after) {}

  Changes Run() {
    CompareEntries();
    CompareTensors();
    return std::move(changes_);
  }

 private:
  bool SameBody(const EntryInfo& before, const EntryInfo& after) const {
    if (before.kind != after.kind || !before.known) return before.kind == after.kind;
    ValueText old_text(before_);
    ValueText new_text(after_);
    switch (before.kind) {
      case EntryKind::kValue:
        return old_text.Of(before_.ReadValue(before.name)) ==
               new_text.Of(after_.ReadValue(after.name));
      case EntryKind::kModel:
        return old_text.Of(before_.ReadModel(before.name)) ==
               new_text.Of(after_.ReadModel(after.name));
      case EntryKind::kAttachment: {
        const AttachmentInfo old_info = before_.attachment(before.name);
        const AttachmentInfo new_info = after_.attachment(after.name);
        return old_info.media_type == new_info.media_type &&
               SameStorage(old_info.storage, new_info.storage);
      }
    }
    return true;
  }

  void CompareEntries() {
    for (std::size_t i = 0; i < before_.entry_count(); ++i) {
      const EntryInfo entry = before_.entry(i);
      if (!after_.FindEntry(entry.name)) changes_.entries_removed.emplace_back(entry.name);
    }
    for (std::size_t i = 0; i < after_.entry_count(); ++i) {
      const EntryInfo entry = after_.entry(i);
      const auto found = before_.FindEntry(entry.name);
      if (!found) {
        changes_.entries_added.emplace_back(entry.name);
      } else if (!SameBody(before_.entry(*found), entry)) {
        changes_.entries_changed.emplace_back(entry.name);
      }
    }
  }

  bool SameStorage(std::uint32_t old_storage, std::uint32_t new_storage) const {
    const container::Index& a = before_.state().index();
    const container::Index& b = after_.state().index();
    const schema::Storage& old_row = a.storages[old_storage];
    const schema::Storage& new_row = b.storages[new_storage];
    if (old_row.bytes() != new_row.bytes() || a.chunk_bytes(old_row) != b.chunk_bytes(new_row)) {
      return false;
    }
    for (std::uint64_t k = 0; k < a.chunk_count(old_row); ++k) {
      const schema::Chunk& x = a.chunks[old_row.first_chunk() + k];
      const schema::Chunk& y = b.chunks[new_row.first_chunk() + k];
      const bool same_place = x.offset() == y.offset() && x.stored_bytes() == y.stored_bytes();
      if (!same_place && x.decoded_sum() != y.decoded_sum()) return false;
    }
    return true;
  }

  bool SameForm(std::uint32_t old_tensor, std::uint32_t new_tensor) const {
    const TensorInfo a = before_.tensor({old_tensor});
    const TensorInfo b = after_.tensor({new_tensor});
    return a.dtype_name == b.dtype_name && std::ranges::equal(a.shape, b.shape) &&
           std::ranges::equal(a.strides, b.strides) && a.kind == b.kind &&
           a.requires_grad == b.requires_grad;
  }

  bool SameBytes(std::uint32_t old_tensor, std::uint32_t new_tensor) const {
    const TensorInfo a = before_.tensor({old_tensor});
    const TensorInfo b = after_.tensor({new_tensor});
    return a.bytes == 0 || (a.offset == b.offset && SameStorage(a.storage, b.storage));
  }

  void CompareTensors() {
    const std::vector<std::string>& old_paths = before_.DisplayPaths();
    const std::vector<std::string>& new_paths = after_.DisplayPaths();
    std::unordered_map<std::string_view, std::uint32_t> old_by_path;
    for (std::uint32_t i = 0; i < old_paths.size(); ++i) old_by_path.emplace(old_paths[i], i);
    std::vector<bool> stays(old_paths.size());
    std::vector<std::uint32_t> added;
    for (std::uint32_t i = 0; i < new_paths.size(); ++i) {
      const auto found = old_by_path.find(new_paths[i]);
      if (found == old_by_path.end()) {
        added.push_back(i);
        continue;
      }
      stays[found->second] = true;
      if (!SameForm(found->second, i) || !SameBytes(found->second, i)) {
        changes_.tensors_changed.push_back(new_paths[i]);
      }
    }
    MatchRenames(stays, added);
  }

  // Where the first element of a tensor is stored; tensors without elements are nowhere.
  using Place = std::tuple<std::uint64_t, std::uint64_t>;
  static std::optional<Place> PlaceOf(const Reader& reader, std::uint32_t tensor) {
    const TensorInfo info = reader.tensor({tensor});
    if (info.bytes == 0) return std::nullopt;
    const container::Index& index = reader.state().index();
    const std::uint32_t chunk = index.storages[info.storage].first_chunk();
    return Place{index.chunks[chunk].offset(), info.offset};
  }

  void MatchRenames(const std::vector<bool>& stays, const std::vector<std::uint32_t>& added) {
    std::vector<std::pair<Place, std::uint32_t>> gone;
    std::vector<bool> renamed(stays.size());
    for (std::uint32_t i = 0; i < stays.size(); ++i) {
      if (stays[i]) continue;
      if (const auto place = PlaceOf(before_, i)) gone.emplace_back(*place, i);
    }
    std::ranges::sort(gone);
    for (const std::uint32_t i : added) {
      const auto place = PlaceOf(after_, i);
      auto match = gone.end();
      if (place)
        match = std::ranges::lower_bound(gone, *place, {}, [](auto& g) { return g.first; });
      while (match != gone.end() && match->first == place &&
             (renamed[match->second] || !SameForm(match->second, i))) {
        ++match;
      }
      if (match != gone.end() && match->first == place) {
        renamed[match->second] = true;
        changes_.tensors_renamed.emplace_back(before_.DisplayPaths()[match->second],
                                              after_.DisplayPaths()[i]);
      } else {
        changes_.tensors_added.push_back(after_.DisplayPaths()[i]);
      }
    }
    for (std::uint32_t i = 0; i < stays.size(); ++i) {
      if (!stays[i] && !renamed[i]) {
        changes_.tensors_removed.push_back(before_.DisplayPaths()[i]);
      }
    }
  }

  const Reader& before_;
  const Reader& after_;
  Changes changes_;
};

}  // namespace

bool Changes::empty() const {
  return entries_added.empty() && entries_removed.empty() && entries_changed.empty() &&
         tensors_added.empty() && tensors_removed.empty() && tensors_changed.empty() &&
         tensors_renamed.empty();
}

Changes CompareGenerations(const Reader& before, const Reader& after) {
  return Comparison(before, after).Run();
}

}  // namespace statestone
