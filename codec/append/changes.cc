#include "statestone/changes.h"

#include <algorithm>
#include <optional>
#include <span>
#include <string_view>
#include <tuple>
#include <unordered_map>

#include "codec/bytes/hash.h"
#include "codec/container/index.h"
#include "codec/reader/reader_state.h"

namespace statestone {
namespace {

// Equal values, tensors by their paths, since their numbers change from one index to the next. The
// tensors of a dict are compared as tensors.
class SameValue {
 public:
  SameValue(const Reader& before, const Reader& after) : before_(before), after_(after) {}

  bool operator()(const Value& a, const Value& b) const {  // NOLINT(misc-no-recursion): 64 deep
    const bool same_node = a.kind() == b.kind() && a.number() == b.number() &&
                           a.imaginary() == b.imaginary() && a.raw_bytes() == b.raw_bytes() &&
                           a.keys().size() == b.keys().size() &&
                           a.items().size() == b.items().size() &&
                           a.attributes().is_null() == b.attributes().is_null();
    if (!same_node || !SameTensor(a.raw_tensor(), b.raw_tensor())) return false;
    for (std::size_t i = 0; i < a.keys().size(); ++i) {
      if (!(*this)(a.keys()[i], b.keys()[i])) return false;
    }
    for (std::size_t i = 0; i < a.items().size(); ++i) {
      if (!(*this)(a.items()[i], b.items()[i])) return false;
    }
    return a.attributes().is_null() || (*this)(a.attributes(), b.attributes());
  }

  bool operator()(const ModelInfo& a, const ModelInfo& b) const {
    return a.architecture == b.architecture && a.architecture_version == b.architecture_version &&
           a.training == b.training && a.training_exceptions == b.training_exceptions &&
           (*this)(a.config, b.config) && (*this)(a.metadata, b.metadata);
  }

 private:
  bool SameTensor(std::uint32_t a, std::uint32_t b) const {
    const bool is_tensor = a < before_.tensor_count();
    if (is_tensor != (b < after_.tensor_count())) return false;
    return !is_tensor || before_.DisplayPaths()[a] == after_.DisplayPaths()[b];
  }

  const Reader& before_;
  const Reader& after_;
};

// What stands for the decoded bytes of each storage, without reading them.
std::vector<bytes::Hash128> Fingerprints(const container::Index& index) {
  std::vector<bytes::Hash128> fingerprints;
  fingerprints.reserve(index.storages.size());
  std::vector<std::uint64_t> said;
  for (const schema::Storage& storage : index.storages) {
    said = {storage.bytes(), index.chunk_bytes(storage)};
    for (std::uint64_t k = 0; k < index.chunk_count(storage); ++k) {
      said.push_back(index.chunks[storage.first_chunk() + k].decoded_sum());
    }
    fingerprints.push_back(bytes::Xxh3Wide(std::as_bytes(std::span(said))));
  }
  return fingerprints;
}

// Candidates that are looked at for the new name of one tensor.
constexpr std::size_t kMostTied = 256;

class Comparison {
 public:
  Comparison(const Reader& before, const Reader& after)
      : before_(before),
        after_(after),
        old_bytes_(Fingerprints(before.state().index())),
        new_bytes_(Fingerprints(after.state().index())) {}

  Changes Run() {
    CompareEntries();
    CompareTensors();
    return std::move(changes_);
  }

 private:
  bool SameBody(const EntryInfo& before, const EntryInfo& after) const {
    if (before.kind != after.kind || !before.known) return before.kind == after.kind;
    const SameValue same(before_, after_);
    switch (before.kind) {
      case EntryKind::kValue:
        return same(before_.ReadValue(before.name), after_.ReadValue(after.name));
      case EntryKind::kModel:
        return same(before_.ReadModel(before.name), after_.ReadModel(after.name));
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
    return old_bytes_[old_storage] == new_bytes_[new_storage];
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
      // Tied tensors start at one place; among very many of them a rename may go unseen.
      std::size_t tries = 0;
      while (
          match != gone.end() && match->first == place && tries < kMostTied &&
          (renamed[match->second] || !SameForm(match->second, i) || !SameBytes(match->second, i))) {
        ++match;
        ++tries;
      }
      if (match != gone.end() && match->first == place && tries < kMostTied) {
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
  const std::vector<bytes::Hash128> old_bytes_;  // by storage
  const std::vector<bytes::Hash128> new_bytes_;
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
