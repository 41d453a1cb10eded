// JSON as a series of events, so that nothing is kept of a text but what its reader wants.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace statestone::json {

/// What a text consists of, in order. A method may throw: that ends the parsing.
class JsonEvents {
 public:
  virtual ~JsonEvents() = default;
  virtual void Null() = 0;
  virtual void Bool(bool value) = 0;
  virtual void Negative(std::int64_t value) = 0;  ///< below zero, or "-0"
  virtual void Unsigned(std::uint64_t value) = 0;
  /// Also integers beyond 64 bits. Always finite.
  virtual void Real(double value) = 0;
  virtual void String(std::string_view value) = 0;  ///< valid UTF-8
  virtual void StartObject() = 0;
  virtual void Key(std::string_view key) = 0;  ///< of the object that was started last; may repeat
  virtual void EndObject() = 0;
  virtual void StartArray() = 0;
  virtual void EndArray() = 0;
};

/// One JSON text with nothing but white space around it. Memory: a bit for each level.
/// \throws Error corrupt, at `offset` and the place in the text; what the events throw
void Parse(std::string_view text, std::uint64_t offset, JsonEvents& events);

/// `text`, valid UTF-8, in quotes and escaped no more than it must be.
std::string Quoted(std::string_view text);

/// The shortest decimal number that reads back as `value`, which is finite; always with a point or
/// an exponent, so that it never reads back as an integer.
std::string RealText(double value);

}  // namespace statestone::json
