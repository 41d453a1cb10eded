// How an error reaches the user: one line for people, an object for programs.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "statestone/error.h"

namespace statestone::cli {

/// {"code": .., "path": .., "entry": .., ..., "text": ..}; null for what the error does not say.
nlohmann::ordered_json ErrorJson(const Error& error);

/// JSON with its line feed: indented, and ASCII only, so that no terminal acts on it. Bytes that
/// are not UTF-8 (of a path; names in a file always are) become U+FFFD.
std::string JsonText(const nlohmann::ordered_json& json);

/// Writes "statestone: <text>" and a line feed to standard error, in one piece.
void ComplainLine(std::string_view text);

}  // namespace statestone::cli
