#include "interop/json/json_events.h"

#include <nlohmann/json.hpp>

#include "codec/check/require.h"

namespace statestone::json {
namespace {

Error NotJson(std::uint64_t offset, const char* problem) {
  return {ErrorCode::kCorrupt,
          {.offset = offset,
           .problem = problem,
           .advice = "the file is damaged, or its writer was wrong"}};
}

class Sax final : public nlohmann::json_sax<nlohmann::json> {
 public:
  Sax(std::uint64_t offset, JsonEvents& events) : wrong_at_(offset), events_(events) {}

  bool null() override {
    return Told([&] { events_.Null(); });
  }
  bool boolean(bool value) override {
    return Told([&] { events_.Bool(value); });
  }
  bool number_integer(number_integer_t value) override {
    return Told([&] { events_.Negative(value); });
  }
  bool number_unsigned(number_unsigned_t value) override {
    return Told([&] { events_.Unsigned(value); });
  }
  bool number_float(number_float_t value, const string_t& /*text*/) override {
    return Told([&] { events_.Real(value); });
  }
  bool string(string_t& value) override {
    return Told([&] { events_.String(value); });
  }
  bool binary(binary_t& /*value*/) override { return false; }
  bool start_object(std::size_t /*count*/) override {
    return Told([&] { events_.StartObject(); });
  }
  bool key(string_t& value) override {
    return Told([&] { events_.Key(value); });
  }
  bool end_object() override {
    return Told([&] { events_.EndObject(); });
  }
  bool start_array(std::size_t /*count*/) override {
    return Told([&] { events_.StartArray(); });
  }
  bool end_array() override {
    return Told([&] { events_.EndArray(); });
  }
  bool parse_error(std::size_t position, const std::string& /*token*/,
                   const nlohmann::detail::exception& /*error*/) override {
    wrong_ = true;
    wrong_at_ += position;
    return false;
  }

  bool wrong() const { return wrong_; }
  std::uint64_t wrong_at() const { return wrong_at_; }

 private:
  template <typename Tell>
  static bool Told(Tell&& tell) {
    tell();
    return true;
  }

  std::uint64_t wrong_at_;  // until something is wrong, where the text starts
  JsonEvents& events_;
  bool wrong_ = false;
};

}  // namespace

void Parse(std::string_view text, std::uint64_t offset, JsonEvents& events) {
  // The parser takes a zero byte for the end, whatever stands behind it.
  const std::size_t zero = text.find('\0');
  Require(CheckSite::kJsonZero, zero == std::string_view::npos,
          [&] { return NotJson(offset + zero, "a zero byte in JSON"); });
  Sax sax(offset, events);
  const bool read = nlohmann::json::sax_parse(text.begin(), text.end(), &sax);
  Require(CheckSite::kJsonSyntax, read && !sax.wrong(),
          [&] { return NotJson(sax.wrong_at(), "not valid JSON"); });
}

std::string Quoted(std::string_view text) { return nlohmann::json(text).dump(); }

std::string RealText(double value) { return nlohmann::json(value).dump(); }

}  // namespace statestone::json
