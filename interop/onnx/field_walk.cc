#include "interop/onnx/field_walk.h"

#include <google/protobuf/io/zero_copy_stream_impl_lite.h>

#include <algorithm>
#include <limits>
#include <span>

#include "codec/check/require.h"
#include "statestone/display.h"

namespace statestone::onnx {
namespace {

constexpr std::uint64_t kWindow = 64u << 10;
constexpr std::uint64_t kMostFileBytes = std::numeric_limits<std::int32_t>::max();

Error Corrupt(std::uint64_t at, std::string problem) {
  return Error(ErrorCode::kCorrupt, {.offset = at,
                                     .problem = std::move(problem),
                                     .advice = "the file is damaged or cut off: copy it again"});
}

const file::ByteSource& RequireSmall(const file::ByteSource& source) {
  Require(CheckSite::kOnnxFileSize, source.size() <= kMostFileBytes, [&] {
    return Error(ErrorCode::kLimit, {.problem = "the ONNX file is larger than protobuf can read",
                                     .expected = "less than 2 GiB",
                                     .found = HumanBytes(source.size()),
                                     .advice = "save it with external data: onnx.save_model(..., "
                                               "save_as_external_data=True)"});
  });
  return source;
}

}  // namespace

FileStream::FileStream(const file::ByteSource& source) : source_(source) {}

bool FileStream::Next(const void** data, int* size) {
  const auto at = static_cast<std::uint64_t>(position_);
  if (at >= source_.size()) return false;
  window_.resize(std::min(kWindow, source_.size() - at));
  source_.Read(at, window_);
  *data = window_.data();
  *size = static_cast<int>(window_.size());
  position_ += *size;
  return true;
}

bool FileStream::Skip(int count) {
  const std::uint64_t left = source_.size() - static_cast<std::uint64_t>(position_);
  if (static_cast<std::uint64_t>(count) > left) return false;
  position_ += count;
  return true;
}

FieldWalk::FieldWalk(const file::ByteSource& source)
    : stream_(RequireSmall(source)), input_(&stream_) {
  input_.SetTotalBytesLimit(std::numeric_limits<int>::max());
  limits_.push_back(input_.PushLimit(static_cast<int>(source.size())));
}

void FieldWalk::Refuse(const char* problem) const {
  throw Corrupt(static_cast<std::uint64_t>(input_.CurrentPosition()), problem);
}

void FieldWalk::FinishField() {
  if (pending_ != 0 && !input_.Skip(static_cast<int>(pending_))) Refuse("the file is cut off");
  pending_ = 0;
}

bool FieldWalk::Next(Field& field) {
  FinishField();
  if (input_.BytesUntilLimit() == 0) return false;
  const auto at = static_cast<std::uint64_t>(input_.CurrentPosition());
  std::uint64_t tag = 0;
  const bool has_tag = input_.ReadVarint64(&tag) && tag >> 3 != 0 && tag >> 32 == 0;
  Require(CheckSite::kOnnxWire, has_tag,
          [&] { return Corrupt(at, "this is no field of a message"); });
  field.number = static_cast<int>(tag >> 3);
  field.type = static_cast<WireType>(tag & 7);
  field.value.begin = static_cast<std::uint64_t>(input_.CurrentPosition());
  std::uint64_t bytes = 0;
  switch (field.type) {
    case WireType::kVarint:
      Require(CheckSite::kOnnxVarint, input_.ReadVarint64(&field.varint),
              [&] { return Corrupt(at, "a number has no end"); });
      field.value.end = static_cast<std::uint64_t>(input_.CurrentPosition());
      return true;
    case WireType::kFixed64:
      bytes = 8;
      break;
    case WireType::kFixed32:
      bytes = 4;
      break;
    case WireType::kLength:
      Require(CheckSite::kOnnxVarint, input_.ReadVarint64(&bytes),
              [&] { return Corrupt(at, "a length has no end"); });
      field.value.begin = static_cast<std::uint64_t>(input_.CurrentPosition());
      break;
    default:
      Refuse("a field is of a type that ONNX does not have");
  }
  const auto left = static_cast<std::uint64_t>(std::max(input_.BytesUntilLimit(), 0));
  Require(CheckSite::kOnnxCut, bytes <= left, [&] {
    return Error(ErrorCode::kCorrupt, {.offset = at,
                                       .problem = "a field reaches past the end of its message",
                                       .expected = "at most " + std::to_string(left) + " bytes",
                                       .found = std::to_string(bytes),
                                       .advice = "the file is damaged or cut off: copy it again"});
  });
  pending_ = bytes;
  field.value.end = field.value.begin + bytes;
  return true;
}

void FieldWalk::Enter(const Field& field) {
  limits_.push_back(input_.PushLimit(static_cast<int>(field.value.bytes())));
  pending_ = 0;
}

void FieldWalk::Leave() {
  FinishField();
  input_.PopLimit(limits_.back());
  limits_.pop_back();
}

void FieldWalk::Copy(const Field& field, std::string& message) {
  google::protobuf::io::StringOutputStream stream(&message);
  google::protobuf::io::CodedOutputStream output(&stream);
  output.WriteVarint32(static_cast<std::uint32_t>(field.number) << 3 |
                       static_cast<std::uint32_t>(field.type));
  if (field.type == WireType::kVarint) {
    output.WriteVarint64(field.varint);
    return;
  }
  std::string value;
  if (!input_.ReadString(&value, static_cast<int>(pending_))) Refuse("the file is cut off");
  pending_ = 0;
  if (field.type == WireType::kLength)
    output.WriteVarint32(static_cast<std::uint32_t>(value.size()));
  output.WriteString(value);
}

}  // namespace statestone::onnx
