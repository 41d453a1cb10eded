#include "statestone/error.h"

#include <array>
#include <cstring>
#include <utility>

#include "statestone/display.h"

namespace statestone {
namespace {

constexpr std::array<std::string_view, 12> kNames = {
    "not_statestone", "incomplete", "corrupt",         "unsupported",      "limit", "not_found",
    "mismatch",       "unsafe",     "unrepresentable", "invalid_argument", "io",    "canceled"};

#ifdef __GLIBC_PREREQ
#if __GLIBC_PREREQ(2, 32)
#define STATESTONE_HAS_STRERRORDESC
#endif
#endif

#ifdef STATESTONE_HAS_STRERRORDESC

// Thread-safe, unlike strerror, and in English whatever the locale.
std::string SystemErrorText(int number) {
  const char* text = ::strerrordesc_np(number);
  return text == nullptr ? "error " + std::to_string(number) : text;
}

#else

// strerror_r comes in two forms: one returns the text, the other a status beside the filled buffer.
[[maybe_unused]] const char* ResultText(const char* text, const char* /*buffer*/) { return text; }
[[maybe_unused]] const char* ResultText(int status, const char* buffer) {
  return status == 0 ? buffer : nullptr;
}

std::string SystemErrorText(int number) {
  std::array<char, 256> buffer{};
  const char* text = ResultText(::strerror_r(number, buffer.data(), buffer.size()), buffer.data());
  return text == nullptr ? "error " + std::to_string(number) : text;
}

#endif

std::string Compose(const ErrorFields& fields) {
  std::string text;
  const auto part = [&text](const std::string& piece) {
    if (!text.empty()) text += ": ";
    text += piece;
  };
  if (!fields.path.empty()) part(EscapeForDisplay(fields.path));
  if (!fields.entry.empty()) part('"' + EscapeForDisplay(fields.entry) + '"');
  std::string place;
  if (fields.chunk) place = "chunk " + std::to_string(*fields.chunk);
  if (fields.offset) {
    place += (place.empty() ? "at offset " : " at offset ") + std::to_string(*fields.offset);
  }
  if (!place.empty()) part(place);
  std::string problem = EscapeForDisplay(fields.problem);
  std::string details;
  if (!fields.expected.empty()) details = "expected " + EscapeForDisplay(fields.expected);
  if (!fields.found.empty()) {
    details += (details.empty() ? "found " : ", found ") + EscapeForDisplay(fields.found);
  }
  if (fields.system_error != 0) {
    details += (details.empty() ? "" : ", ") + SystemErrorText(fields.system_error);
  }
  if (!details.empty()) problem += " (" + details + ")";
  part(problem);
  if (!fields.advice.empty()) text += "; " + EscapeForDisplay(fields.advice);
  return text;
}

}  // namespace

std::string_view Name(ErrorCode code) noexcept { return kNames[static_cast<std::size_t>(code)]; }

Error::Error(ErrorCode code, ErrorFields fields)
    : code_(code), fields_(std::move(fields)), text_(Compose(fields_)) {}

Error Error::WithPath(std::string_view path) const {
  if (!fields_.path.empty()) return *this;
  ErrorFields fields = fields_;
  fields.path = path;
  return {code_, std::move(fields)};
}

Error Error::WithEntry(std::string_view entry) const {
  if (!fields_.entry.empty()) return *this;
  ErrorFields fields = fields_;
  fields.entry = entry;
  return {code_, std::move(fields)};
}

}  // namespace statestone
