#include "interop/pickle/encoder.h"

#include <cstring>
#include <iterator>
#include <limits>
#include <string>
#include <utility>

#include "statestone/error.h"

namespace statestone::pickle {

Encoder::Encoder() {
  Op(Opcode::kProto);
  text_ += '\x02';
}

void Encoder::Append32(std::uint32_t value) {
  char bytes[4];
  std::memcpy(bytes, &value, sizeof bytes);
  text_.append(bytes, sizeof bytes);
}

void Encoder::Global(std::string_view module, std::string_view name) {
  std::string line;
  line.append(module).append("\n").append(name).append("\n");
  const auto known = known_.find('c' + line);
  if (known != known_.end()) return Get(known->second);
  Op(Opcode::kGlobal);
  text_ += line;
  known_.emplace('c' + line, Keep());
}

void Encoder::Repeated(std::string_view text) {
  std::string key = 't' + std::string(text);
  const auto known = known_.find(key);
  if (known != known_.end()) return Get(known->second);
  Text(text);
  known_.emplace(std::move(key), Keep());
}

void Encoder::Int(std::int64_t value) {
  if (value >= 0 && value <= 0xFF) {
    Op(Opcode::kBinInt1);
    text_ += static_cast<char>(value);
  } else if (value >= 0 && value <= 0xFFFF) {
    Op(Opcode::kBinInt2);
    text_ += static_cast<char>(value & 0xFF);
    text_ += static_cast<char>(value >> 8);
  } else if (value >= std::numeric_limits<std::int32_t>::min() &&
             value <= std::numeric_limits<std::int32_t>::max()) {
    Op(Opcode::kBinInt);
    Append32(static_cast<std::uint32_t>(value));
  } else {
    char bytes[8];
    std::memcpy(bytes, &value, sizeof bytes);
    std::size_t size = sizeof bytes;
    // The sign must stay in the last byte that is kept.
    while (size > 5 && static_cast<signed char>(bytes[size - 1]) ==
                           (static_cast<signed char>(bytes[size - 2]) < 0 ? -1 : 0)) {
      --size;
    }
    BigInt({bytes, size});
  }
}

void Encoder::BigInt(std::string_view little_endian) {
  if (little_endian.size() <= 0xFF) {
    Op(Opcode::kLong1);
    text_ += static_cast<char>(little_endian.size());
  } else {
    Op(Opcode::kLong4);
    Append32(static_cast<std::uint32_t>(little_endian.size()));
  }
  text_ += little_endian;
}

void Encoder::Float(std::uint64_t bits) {
  Op(Opcode::kBinFloat);
  for (int shift = 56; shift >= 0; shift -= 8) text_ += static_cast<char>(bits >> shift);
}

void Encoder::Text(std::string_view utf8) {
  if (utf8.size() > std::numeric_limits<std::uint32_t>::max()) {
    throw Error(ErrorCode::kLimit, {.problem = "a text is too long for a pickle",
                                    .expected = "at most 4 GiB",
                                    .found = std::to_string(utf8.size()) + " bytes"});
  }
  Op(Opcode::kBinUnicode);
  Append32(static_cast<std::uint32_t>(utf8.size()));
  text_ += utf8;
}

void Encoder::Bytes(std::string_view bytes) {
  std::string latin1;
  latin1.reserve(bytes.size() + bytes.size() / 2);
  for (const char byte : bytes) {
    const auto code = static_cast<unsigned char>(byte);
    if (code < 0x80) {
      latin1 += byte;
    } else {
      latin1 += static_cast<char>(0xC0 | code >> 6);
      latin1 += static_cast<char>(0x80 | (code & 0x3F));
    }
  }
  Global("_codecs", "encode");
  Text(latin1);
  Repeated("latin1");
  Op(Opcode::kTuple2);
  Op(Opcode::kReduce);
}

void Encoder::Tuple(std::size_t size) {
  static constexpr Opcode kSmall[] = {Opcode::kEmptyTuple, Opcode::kTuple1, Opcode::kTuple2,
                                      Opcode::kTuple3};
  Op(size < std::size(kSmall) ? kSmall[size] : Opcode::kTuple);
}

MemoIndex Encoder::Keep() {
  const MemoIndex index = next_++;
  if (index <= 0xFF) {
    Op(Opcode::kBinPut);
    text_ += static_cast<char>(index);
  } else {
    Op(Opcode::kLongBinPut);
    Append32(index);
  }
  return index;
}

void Encoder::Get(MemoIndex index) {
  if (index <= 0xFF) {
    Op(Opcode::kBinGet);
    text_ += static_cast<char>(index);
  } else {
    Op(Opcode::kLongBinGet);
    Append32(index);
  }
}

std::string Encoder::Finish() {
  Op(Opcode::kStop);
  return std::move(text_);
}

}  // namespace statestone::pickle
