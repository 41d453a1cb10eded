// Pickles by hand, one instruction after the other.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace statestone {

/// Little-endian bytes of a number.
template <typename T>
std::string Bytes(T value) {
  return {reinterpret_cast<const char*>(&value), sizeof value};
}

/// Each function gives the bytes of one object or instruction, to be joined with +.
namespace pk {

inline std::string Proto(int version) { return {'\x80', static_cast<char>(version)}; }
inline std::string Text(std::string_view text) {
  return "X" + Bytes(static_cast<std::uint32_t>(text.size())) + std::string(text);
}
inline std::string Int(std::int32_t value) { return "J" + Bytes(value); }
inline std::string Global(const std::string& module, const std::string& name) {
  return "c" + module + "\n" + name + "\n";
}
inline std::string Tuple(const std::string& members) { return "(" + members + "t"; }
inline std::string Call(const std::string& callable, const std::string& args) {
  return callable + Tuple(args) + "R";
}
inline std::string Dict(const std::string& pairs) { return "}(" + pairs + "u"; }
inline std::string List(const std::string& members) { return "](" + members + "e"; }
inline std::string Done(const std::string& object) { return Proto(2) + object + "."; }

inline std::string Storage(const std::string& kind, const std::string& key, std::int32_t elements) {
  return Tuple(Text("storage") + Global("torch", kind) + Text(key) + Text("cpu") + Int(elements)) +
         "Q";
}
inline std::string OrderedDict() { return Call(Global("collections", "OrderedDict"), ""); }

/// A tensor by its parts: shape and strides are members of tuples.
inline std::string Tensor(const std::string& storage, const std::string& offset,
                          const std::string& shape, const std::string& strides) {
  return Call(Global("torch._utils", "_rebuild_tensor_v2"),
              storage + offset + Tuple(shape) + Tuple(strides) + "\x89" + OrderedDict());
}

/// Four float32 in the record data/0.
inline std::string SmallTensor() {
  return Tensor(Storage("FloatStorage", "0", 4), Int(0), Int(4), Int(1));
}

}  // namespace pk
}  // namespace statestone
