// Writes pickles, protocol 2, in no more instructions than torch's restricted reader knows.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>

#include "interop/pickle/opcode.h"

namespace statestone::pickle {

/// A number under which an object was kept, so that it can be had again.
using MemoIndex = std::uint32_t;

/// Appends instructions to one text. What they leave on the reader's stack is the caller's matter.
/// Not thread-safe.
class Encoder {
 public:
  Encoder();

  void Op(Opcode opcode) { text_ += static_cast<char>(opcode); }

  /// A class or function by name; neither may hold a line break. Written once, then had again.
  void Global(std::string_view module, std::string_view name);
  /// A text that comes often, such as "storage": written once, then had again.
  void Repeated(std::string_view text);

  void Int(std::int64_t value);
  /// Two's complement, little-endian. Above 255 bytes only Python's own reader takes it.
  void BigInt(std::string_view little_endian);
  void Float(std::uint64_t bits);
  void Bool(bool value) { Op(value ? Opcode::kNewTrue : Opcode::kNewFalse); }
  /// \throws Error limit above 4 GiB
  void Text(std::string_view utf8);
  /// As a call that makes bytes of a text, since protocol 2 has none. \throws Error limit
  void Bytes(std::string_view bytes);
  /// Behind a mark and the members, or behind up to three members without a mark.
  void Tuple(std::size_t size);

  /// Keeps what is on top of the stack.
  MemoIndex Keep();
  void Get(MemoIndex index);

  /// The whole pickle; it is empty then.
  std::string Finish();

 private:
  void Append32(std::uint32_t value);

  std::string text_;
  std::unordered_map<std::string, MemoIndex> known_;
  MemoIndex next_ = 0;
};

}  // namespace statestone::pickle
