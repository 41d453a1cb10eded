#include "cli/error_report.h"

#include <unistd.h>

namespace statestone::cli {
namespace {

using Json = nlohmann::ordered_json;

Json TextOrNull(const std::string& text) { return text.empty() ? Json() : Json(text); }

template <typename Number>
Json NumberOrNull(const std::optional<Number>& number) {
  return number ? Json(*number) : Json();
}

}  // namespace

Json ErrorJson(const Error& error) {
  const ErrorFields& fields = error.fields();
  return {{"code", Name(error.code())},
          {"path", TextOrNull(fields.path)},
          {"entry", TextOrNull(fields.entry)},
          {"chunk", NumberOrNull(fields.chunk)},
          {"offset", NumberOrNull(fields.offset)},
          {"problem", TextOrNull(fields.problem)},
          {"expected", TextOrNull(fields.expected)},
          {"found", TextOrNull(fields.found)},
          {"advice", TextOrNull(fields.advice)},
          {"system_error", fields.system_error == 0 ? Json() : Json(fields.system_error)},
          {"text", error.what()}};
}

std::string JsonText(const Json& json) {
  std::string text = json.dump(2, ' ', true, Json::error_handler_t::replace) + '\n';
  // The one control character that JSON allows raw; it stands only inside strings.
  for (std::size_t at = 0; (at = text.find('\x7F', at)) != std::string::npos;) {
    text.replace(at, 1, "\\u007f");
  }
  return text;
}

void ComplainLine(std::string_view text) {
  std::string line = "statestone: ";
  line.append(text).append("\n");
  // Nowhere is left to report that standard error is closed.
  [[maybe_unused]] const auto written = ::write(STDERR_FILENO, line.data(), line.size());
}

}  // namespace statestone::cli
