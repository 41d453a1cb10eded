#include "interop/safetensors/export.h"

#include <algorithm>
#include <cstdio>
#include <limits>
#include <memory>
#include <numeric>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "codec/file/atomic_file.h"
#include "interop/json/json_events.h"
#include "interop/json/typed_json.h"
#include "interop/losses.h"
#include "interop/safetensors/file_writer.h"
#include "interop/safetensors/flatten.h"

namespace statestone::safetensors {
namespace {

constexpr std::string_view kEnding = ".safetensors";
constexpr std::string_view kIndexEnding = ".index.json";

// All files of a set are complete before the first is put in place, so each takes two descriptors
// and a MiB until then.
constexpr std::size_t kMostFilesWritten = 400;

constexpr std::uint64_t kNoLimit = std::numeric_limits<std::uint64_t>::max();

// "model" of model.safetensors and of model.safetensors.index.json.
std::string StemOf(const std::filesystem::path& target) {
  std::string name = target.filename().string();
  for (const std::string_view ending : {kIndexEnding, kEnding}) {
    if (name.size() > ending.size() && name.ends_with(ending)) {
      name.resize(name.size() - ending.size());
    }
  }
  return name;
}

std::string NumberedName(const std::string& stem, std::size_t number, std::size_t count) {
  char numbers[48];
  std::snprintf(numbers, sizeof numbers, "-%05zu-of-%05zu", number, count);
  return stem + numbers + std::string(kEnding);
}

std::uint64_t BytesOf(std::span<const FlatTensor> tensors) {
  return std::accumulate(
      tensors.begin(), tensors.end(), std::uint64_t{0},
      [](std::uint64_t sum, const FlatTensor& tensor) { return sum + tensor.bytes; });
}

// Runs of tensors in the order of the checkpoint, each as long as it may be.
std::vector<std::span<FlatTensor>> Shards(std::span<FlatTensor> tensors, std::uint64_t most) {
  std::vector<std::span<FlatTensor>> shards;
  std::size_t first = 0;
  std::uint64_t bytes = 0;
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    if (i != first && tensors[i].bytes > most - std::min(most, bytes)) {
      shards.push_back(tensors.subspan(first, i - first));
      first = i;
      bytes = 0;
    }
    bytes += tensors[i].bytes;
  }
  shards.push_back(tensors.subspan(first));
  if (shards.size() > kMostFilesWritten) {
    throw Error(ErrorCode::kLimit, {.problem = "the set would have too many files",
                                    .expected = "at most " + std::to_string(kMostFilesWritten),
                                    .found = std::to_string(shards.size()),
                                    .advice = "allow more bytes for each (max_shard_bytes)"});
  }
  return shards;
}

// As the libraries that read such sets write it: sorted, indented by two.
std::string IndexText(const Value& said, std::span<const std::span<FlatTensor>> shards,
                      const std::string& stem) {
  std::string text = "{\n  \"metadata\": {\n";
  std::uint64_t total = 0;
  std::vector<std::pair<std::string_view, std::size_t>> places;
  for (std::size_t i = 0; i < shards.size(); ++i) {
    total += BytesOf(shards[i]);
    for (const FlatTensor& tensor : shards[i]) places.emplace_back(tensor.name, i + 1);
  }
  std::ranges::sort(places);
  for (std::size_t i = 0; i < said.keys().size(); ++i) {
    text += "    " + json::Quoted(said.keys()[i].AsString()) + ": " +
            json::ToJson(said.items()[i], {}) + ",\n";
  }
  text += "    \"total_size\": " + std::to_string(total) + "\n  },\n  \"weight_map\": {";
  for (std::size_t i = 0; i < places.size(); ++i) {
    text += i == 0 ? "\n    " : ",\n    ";
    text += json::Quoted(places[i].first) + ": " +
            json::Quoted(NumberedName(stem, places[i].second, shards.size()));
  }
  return text + "\n  }\n}\n";
}

// Whether what an index said can stand in one again.
bool IsIndexMetadata(const Value& said) {
  return said.is_null() ||
         (said.kind() == ValueKind::kMap && !json::HoldsTensors(said) &&
          std::ranges::all_of(said.keys(), [](const Value& key) {
            return key.kind() == ValueKind::kString && key.AsString() != "total_size";
          }));
}

class Exporting {
 public:
  Exporting(const Checkpoint& checkpoint, const std::filesystem::path& target, FileKind kind,
            const ExportOptions& options)
      : checkpoint_(checkpoint),
        target_(target),
        flat_(Flatten(checkpoint)),
        total_(BytesOf(flat_.tensors)),
        most_(options.max_shard_bytes != 0 ? options.max_shard_bytes : kNoLimit),
        sharded_(kind == FileKind::kSafetensorsIndex || total_ > most_),
        progress_(options, total_) {
    const bool lost = sharded_ ? !IsIndexMetadata(flat_.index) : !flat_.index.is_null();
    if (lost) {
      flat_.lost.push_back({"", "what the index of a set said beside the sizes"});
      flat_.index = nullptr;
    }
    RequireNothingLost(flat_.lost, kind, options);
    if (sharded_) shards_ = Shards(flat_.tensors, most_);
  }

  ExportReport Run() {
    sharded_ ? WriteSet() : WriteOne();
    report_.tensors = flat_.tensors.size();
    report_.tensor_bytes = total_;
    report_.lost = std::move(flat_.lost);
    return std::move(report_);
  }

 private:
  void WriteOne() {
    file::AtomicFile file(target_);
    WriteFile(checkpoint_, flat_.tensors, flat_.metadata, progress_, file);
    Commit(file, target_);
  }

  void WriteSet() {
    const std::string stem = StemOf(target_);
    const std::filesystem::path folder = target_.parent_path();
    std::vector<std::unique_ptr<file::AtomicFile>> files;
    for (std::size_t i = 0; i < shards_.size(); ++i) {
      const auto path = folder / NumberedName(stem, i + 1, shards_.size());
      files.push_back(std::make_unique<file::AtomicFile>(path));
      WriteFile(checkpoint_, shards_[i], flat_.metadata, progress_, *files.back());
    }
    const auto index_path = folder / (stem + std::string(kEnding) + std::string(kIndexEnding));
    file::AtomicFile index(index_path);
    const std::string text = IndexText(flat_.index, shards_, stem);
    index.Write(std::as_bytes(std::span(text)));
    for (std::size_t i = 0; i < files.size(); ++i) {
      Commit(*files[i], folder / NumberedName(stem, i + 1, files.size()));
    }
    Commit(index, index_path);
  }

  void Commit(file::AtomicFile& file, const std::filesystem::path& path) {
    file.Commit();
    report_.file_bytes += file.position();
    report_.files.push_back(path);
  }

  const Checkpoint& checkpoint_;
  const std::filesystem::path& target_;
  Flat flat_;
  std::uint64_t total_;
  std::uint64_t most_;  // bytes of tensors in one file
  bool sharded_;
  ExportProgress progress_;
  std::vector<std::span<FlatTensor>> shards_;
  ExportReport report_;
};

}  // namespace

ExportReport Export(const Checkpoint& checkpoint, const std::filesystem::path& target,
                    FileKind kind, const ExportOptions& options) {
  return Exporting(checkpoint, target, kind, options).Run();
}

}  // namespace statestone::safetensors
