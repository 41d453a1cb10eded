// The fields of protobuf messages in a file, one after the other, without loading them.
#pragma once

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "codec/file/byte_source.h"

namespace statestone::onnx {

/// Bytes [begin, end) of a file.
struct Range {
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
  std::uint64_t bytes() const { return end - begin; }
};

/// A file as protobuf reads it; skipping costs nothing. What the source throws passes through.
class FileStream final : public google::protobuf::io::ZeroCopyInputStream {
 public:
  explicit FileStream(const file::ByteSource& source);

  bool Next(const void** data, int* size) override;
  void BackUp(int count) override { position_ -= count; }
  bool Skip(int count) override;
  std::int64_t ByteCount() const override { return position_; }

 private:
  const file::ByteSource& source_;
  std::int64_t position_ = 0;
  std::vector<std::byte> window_;
};

enum class WireType { kVarint = 0, kFixed64 = 1, kLength = 2, kFixed32 = 5 };

struct Field {
  int number = 0;
  WireType type = WireType::kVarint;
  Range value;  ///< of the value alone: without tag and length
  std::uint64_t varint = 0;
};

/// Walks the fields of one message: Next, then Enter and Leave, Copy, or nothing to pass over it.
/// \throws Error corrupt (what is no field, or reaches past the end of its message), io
class FieldWalk {
 public:
  /// \throws Error limit for a file of 2 GiB or more, which protobuf cannot read
  explicit FieldWalk(const file::ByteSource& source);

  /// The next field of the message at hand; false at its end.
  bool Next(Field& field);

  /// Makes a field's value the message at hand, and back.
  void Enter(const Field& field);
  void Leave();

  /// Appends the field as it stands to `message`.
  void Copy(const Field& field, std::string& message);

 private:
  [[noreturn]] void Refuse(const char* problem) const;
  void FinishField();

  FileStream stream_;
  google::protobuf::io::CodedInputStream input_;
  std::vector<google::protobuf::io::CodedInputStream::Limit> limits_;
  std::uint64_t pending_ = 0;  // bytes of the last field's value that nobody has taken
};

}  // namespace statestone::onnx
