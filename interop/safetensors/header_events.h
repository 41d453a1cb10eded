// Takes in the JSON of a header, as the format has it and nothing else.
#pragma once

#include <string>
#include <string_view>
#include <unordered_set>

#include "interop/json/json_events.h"
#include "interop/safetensors/header.h"

namespace statestone::safetensors {

/// \throws Error corrupt, limit, unsupported
class HeaderEvents final : public json::JsonEvents {
 public:
  void Null() override;
  void Bool(bool value) override;
  void Negative(std::int64_t value) override;
  void Unsigned(std::uint64_t value) override;
  void Real(double value) override;
  void String(std::string_view value) override;
  void StartObject() override;
  void Key(std::string_view key) override;
  void EndObject() override;
  void StartArray() override;
  void EndArray() override;

  /// Once the whole text was taken in: tensors as the header has them.
  Header Take() { return std::move(header_); }

 private:
  enum class State { kStart, kRoot, kMetadata, kTensor, kShape, kOffsets, kEnd };
  enum class Field { kNone, kDType, kShape, kOffsets };

  void Expect(bool condition, std::string_view found) const;
  void StartField(std::string_view key);
  void CheckComplete() const;

  Header header_;
  State state_ = State::kStart;
  bool at_metadata_ = false;  // the key of the root that was read last
  std::unordered_set<std::string> names_;
  std::unordered_set<std::string> metadata_keys_;
  // Of the tensor that is being read.
  Field field_ = Field::kNone;
  bool has_dtype_ = false;
  bool has_shape_ = false;
  bool has_offsets_ = false;
  int offsets_ = 0;
};

}  // namespace statestone::safetensors
