// The instructions that make one number, text or run of bytes.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "interop/pickle/cursor.h"
#include "interop/pickle/object.h"
#include "interop/pickle/opcode.h"

namespace statestone::pickle {

class ScalarReader {
 public:
  ScalarReader(Cursor& cursor, ObjectStore& objects) : cursor_(cursor), objects_(objects) {}

  /// The object that the instruction makes, its operand being taken from the cursor; nothing when
  /// it is not one of these instructions. \throws Error corrupt, limit
  std::optional<ObjectId> Read(Opcode opcode);

 private:
  std::optional<ObjectId> Number(Opcode opcode);
  std::optional<ObjectId> TextOf(Opcode opcode);
  ObjectId Text(Kind kind, std::uint64_t size);
  ObjectId Long(std::uint64_t size);
  ObjectId Decimal(std::string_view text);
  ObjectId Literal(Kind kind, const std::optional<std::string>& text);

  Cursor& cursor_;
  ObjectStore& objects_;
  std::uint64_t start_ = 0;  // of the instruction at work
};

}  // namespace statestone::pickle
