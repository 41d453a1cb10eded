#include "interop/safetensors/set_index.h"

#include <algorithm>
#include <map>
#include <span>
#include <utility>

#include "codec/check/require.h"
#include "interop/json/json_events.h"
#include "interop/json/json_value.h"
#include "statestone/display.h"

namespace statestone::safetensors {
namespace {

constexpr char kAdvice[] = "the index is damaged, or its writer was wrong";

// A set is in one folder: what reaches outside of it may be anything.
void RequireFileName(std::string_view name, std::string_view tensor) {
  const bool plain = !name.empty() && name != "." && name != ".." &&
                     name.find_first_of(std::string_view("/\\\0", 3)) == std::string_view::npos;
  Require(CheckSite::kSafetensorsSetName, plain, [&] {
    return Error(ErrorCode::kCorrupt, {.entry = EscapePathComponent(tensor),
                                       .problem = "the index names a file outside of its folder",
                                       .expected = "the name of a file",
                                       .found = std::string(name.substr(0, 200)),
                                       .advice = "files of a set are beside their index"});
  });
}

class IndexEvents final : public json::JsonEvents {
 public:
  void Null() override {
    if (Values("null")) metadata_.Null();
  }
  void Bool(bool value) override {
    if (Values("true or false")) metadata_.Bool(value);
  }
  void Negative(std::int64_t value) override {
    if (Values("a number")) metadata_.Negative(value);
  }
  void Unsigned(std::uint64_t value) override {
    if (Values("a number")) metadata_.Unsigned(value);
  }
  void Real(double value) override {
    if (Values("a number")) metadata_.Real(value);
  }
  void String(std::string_view value) override {
    if (state_ == State::kMap) return AddFile(value);
    if (Values("a text")) metadata_.String(value);
  }
  void StartObject() override {
    if (state_ == State::kStart) {
      state_ = State::kRoot;
    } else if (state_ == State::kRoot && key_ == "weight_map") {
      state_ = State::kMap;
    } else if (Values("an object")) {
      ++depth_;
      metadata_.StartObject();
    }
  }
  void Key(std::string_view key) override {
    if (state_ == State::kMap) {
      tensor_ = key;
    } else if (depth_ > 0) {
      metadata_.Key(key);
    } else {
      RootKey(key);
    }
  }
  void EndObject() override {
    if (depth_ > 0) {
      --depth_;
      metadata_.EndObject();
    } else {
      state_ = state_ == State::kMap ? State::kRoot : State::kEnd;
    }
  }
  void StartArray() override {
    if (!Values("an array")) return;
    ++depth_;
    metadata_.StartArray();
  }
  void EndArray() override {
    --depth_;
    metadata_.EndArray();
  }

  SetIndex Take() {
    RequireForm(has_map_, "the index has no weight_map");
    return FilesSorted();
  }

 private:
  enum class State { kStart, kRoot, kMap, kEnd };

  static void RequireForm(bool condition, const char* problem, std::string_view found = {}) {
    Require(CheckSite::kSafetensorsSetForm, condition, [&] {
      return Error(ErrorCode::kCorrupt, {.problem = problem,
                                         .expected = "an object with metadata and weight_map",
                                         .found = std::string(found),
                                         .advice = kAdvice});
    });
  }

  // Whether an event belongs to what stands under "metadata".
  bool Values(std::string_view found) const {
    const bool inside = state_ == State::kRoot && key_ == "metadata";
    RequireForm(inside, "the index is not as the format has it", found);
    return inside;
  }

  void RootKey(std::string_view key) {
    RequireForm(key == "metadata" || key == "weight_map", "the index has a key that is not known",
                key.substr(0, 60));
    bool& has = key == "metadata" ? has_metadata_ : has_map_;
    RequireForm(!has, "the index has one key twice", key.substr(0, 60));
    has = true;
    key_ = key;
  }

  void AddFile(std::string_view name) {
    RequireFileName(name, tensor_);
    const auto [file, fresh] =
        files_.try_emplace(std::string(name), static_cast<std::uint32_t>(files_.size()));
    Require(CheckSite::kSafetensorsSetFiles, files_.size() <= kMostFiles, [] {
      return Error(ErrorCode::kLimit, {.problem = "the set has too many files",
                                       .expected = "at most " + std::to_string(kMostFiles)});
    });
    const bool once = index_.places.emplace(tensor_, SetIndex::Place{.file = file->second}).second;
    Require(CheckSite::kSafetensorsSetNameTwice, once, [&] {
      return Error(ErrorCode::kCorrupt, {.entry = EscapePathComponent(tensor_),
                                         .problem = "the index has this tensor twice",
                                         .advice = kAdvice});
    });
  }

  // The files by name, and each tensor with its file's number in that order.
  SetIndex FilesSorted() {
    std::vector<std::uint32_t> sorted_number(files_.size());
    for (const auto& [name, number] : files_) {
      sorted_number[number] = static_cast<std::uint32_t>(index_.files.size());
      index_.files.push_back(name);
    }
    for (auto& [tensor, place] : index_.places) place.file = sorted_number[place.file];
    index_.metadata = metadata_.Take();
    return std::move(index_);
  }

  State state_ = State::kStart;
  std::string key_;
  std::string tensor_;
  int depth_ = 0;  // of what stands under "metadata"
  bool has_map_ = false;
  bool has_metadata_ = false;
  json::ValueEvents metadata_;
  std::map<std::string, std::uint32_t, std::less<>> files_;
  SetIndex index_;
};

}  // namespace

SetIndex ReadSetIndex(const file::ByteSource& source) {
  Require(CheckSite::kSafetensorsSetLength, source.size() <= kMostIndexBytes, [&] {
    return Error(ErrorCode::kLimit,
                 {.problem = "the index is too long",
                  .expected = "at most " + std::to_string(kMostIndexBytes) + " bytes",
                  .found = std::to_string(source.size())});
  });
  std::string text(std::min(source.size(), kMostIndexBytes), '\0');
  source.Read(0, std::as_writable_bytes(std::span(text)));
  IndexEvents events;
  json::Parse(text, 0, events);
  return events.Take();
}

bool LooksLikeSetIndex(std::string_view first_bytes) {
  constexpr std::string_view kSpaces = " \t\r\n";
  const std::size_t brace = first_bytes.find_first_not_of(kSpaces);
  if (brace == std::string_view::npos || first_bytes[brace] != '{') return false;
  const std::size_t key = first_bytes.find_first_not_of(kSpaces, brace + 1);
  if (key == std::string_view::npos) return false;
  const std::string_view rest = first_bytes.substr(key);
  return rest.starts_with("\"weight_map\"") || rest.starts_with("\"metadata\"");
}

}  // namespace statestone::safetensors
