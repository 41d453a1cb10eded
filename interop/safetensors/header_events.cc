#include "interop/safetensors/header_events.h"

#include "codec/check/require.h"
#include "statestone/display.h"
#include "statestone/limits.h"

namespace statestone::safetensors {
namespace {

constexpr char kAdvice[] = "the file is damaged, or its writer was wrong";

Error Twice(const std::string& entry, const char* problem) {
  return {ErrorCode::kCorrupt,
          {.entry = EscapePathComponent(entry), .problem = problem, .advice = kAdvice}};
}

}  // namespace

void HeaderEvents::Expect(bool condition, std::string_view found) const {
  Require(CheckSite::kSafetensorsForm, condition, [&] {
    static constexpr std::string_view kExpected[] = {"an object",
                                                     "an object for each tensor",
                                                     "a text for each key",
                                                     "dtype, shape, and offsets",
                                                     "dimensions, whole numbers",
                                                     "two offsets, whole numbers",
                                                     "nothing more"};
    return Error(
        ErrorCode::kCorrupt,
        {.entry = header_.tensors.empty() ? "" : EscapePathComponent(header_.tensors.back().name),
         .problem = "the header is not as the format has it",
         .expected = std::string(kExpected[static_cast<int>(state_)]),
         .found = std::string(found),
         .advice = kAdvice});
  });
}

void HeaderEvents::Null() {
  // The reference library takes this for no metadata.
  Expect(state_ == State::kRoot && at_metadata_, "null");
}

void HeaderEvents::Bool(bool value) { Expect(false, value ? "true" : "false"); }
void HeaderEvents::Negative(std::int64_t value) { Expect(false, std::to_string(value)); }
void HeaderEvents::Real(double value) { Expect(false, json::RealText(value)); }

void HeaderEvents::Unsigned(std::uint64_t value) {
  Expect(state_ == State::kShape || (state_ == State::kOffsets && offsets_ < 2),
         std::to_string(value));
  HeaderTensor& tensor = header_.tensors.back();
  if (state_ == State::kShape) {
    Require(CheckSite::kSafetensorsRank, tensor.shape.size() < limits::kRank, [&] {
      return Error(ErrorCode::kLimit, {.entry = EscapePathComponent(tensor.name),
                                       .problem = "the tensor has too many dimensions",
                                       .expected = "at most " + std::to_string(limits::kRank)});
    });
    tensor.shape.push_back(value);
  } else {
    (offsets_ == 0 ? tensor.begin : tensor.end) = value;
    ++offsets_;
  }
}

void HeaderEvents::String(std::string_view value) {
  if (state_ == State::kMetadata) {
    header_.metadata->back().second = value;
    return;
  }
  Expect(state_ == State::kTensor && field_ == Field::kDType, "a text");
  HeaderTensor& tensor = header_.tensors.back();
  tensor.dtype = FindByName(value);
  Require(CheckSite::kSafetensorsDType, tensor.dtype != nullptr && tensor.dtype->dtype, [&] {
    return Error(ErrorCode::kUnsupported,
                 {.entry = EscapePathComponent(tensor.name),
                  .problem = tensor.dtype != nullptr ? "torch has no tensors of this dtype"
                                                     : "unknown dtype",
                  .found = std::string(value.substr(0, 60))});
  });
}

void HeaderEvents::StartObject() {
  Expect(state_ == State::kStart || state_ == State::kRoot, "an object");
  if (state_ == State::kStart) {
    state_ = State::kRoot;
  } else if (at_metadata_) {
    state_ = State::kMetadata;
    header_.metadata.emplace();
  } else {
    state_ = State::kTensor;
    field_ = Field::kNone;
    has_dtype_ = has_shape_ = has_offsets_ = false;
  }
}

void HeaderEvents::Key(std::string_view key) {
  switch (state_) {
    case State::kRoot:
      Require(CheckSite::kSafetensorsNameTwice, names_.emplace(key).second,
              [&] { return Twice(std::string(key), "the header has this name twice"); });
      at_metadata_ = key == kMetadataKey;
      if (!at_metadata_) header_.tensors.emplace_back().name = key;
      break;
    case State::kMetadata:
      Require(CheckSite::kSafetensorsMetadataTwice, metadata_keys_.emplace(key).second,
              [&] { return Twice(std::string(key), "the metadata has this key twice"); });
      header_.metadata->emplace_back(key, "");
      break;
    default:
      StartField(key);
  }
}

void HeaderEvents::StartField(std::string_view key) {
  const std::string& entry = header_.tensors.back().name;
  bool* has = nullptr;
  if (key == "dtype") {
    field_ = Field::kDType;
    has = &has_dtype_;
  } else if (key == "shape") {
    field_ = Field::kShape;
    has = &has_shape_;
  } else if (key == "data_offsets") {
    field_ = Field::kOffsets;
    has = &has_offsets_;
  }
  Require(CheckSite::kSafetensorsFieldUnknown, has != nullptr, [&] {
    return Error(ErrorCode::kUnsupported,
                 {.entry = EscapePathComponent(entry),
                  .problem = "the header says something of the tensor that is not known",
                  .expected = "dtype, shape, data_offsets",
                  .found = std::string(key.substr(0, 60))});
  });
  if (has == nullptr) return;
  Require(CheckSite::kSafetensorsFieldTwice, !*has,
          [&] { return Twice(entry, "the header says one thing of the tensor twice"); });
  *has = true;
}

void HeaderEvents::EndObject() {
  if (state_ == State::kTensor) CheckComplete();
  state_ = state_ == State::kRoot ? State::kEnd : State::kRoot;
}

void HeaderEvents::CheckComplete() const {
  Require(CheckSite::kSafetensorsFieldMissing, has_dtype_ && has_shape_ && has_offsets_, [&] {
    return Error(ErrorCode::kCorrupt, {.entry = EscapePathComponent(header_.tensors.back().name),
                                       .problem = "the header does not say all of the tensor",
                                       .expected = "dtype, shape, data_offsets",
                                       .advice = kAdvice});
  });
}

void HeaderEvents::StartArray() {
  const bool shape = state_ == State::kTensor && field_ == Field::kShape;
  const bool offsets = state_ == State::kTensor && field_ == Field::kOffsets;
  Expect(shape || offsets, "an array");
  state_ = shape ? State::kShape : State::kOffsets;
  offsets_ = 0;
}

void HeaderEvents::EndArray() {
  Expect(state_ == State::kShape || offsets_ == 2, "one");
  state_ = State::kTensor;
  field_ = Field::kNone;
}

}  // namespace statestone::safetensors
