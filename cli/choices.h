// Options that take one of a few words.
#pragma once

#include <CLI/App.hpp>
#include <string>
#include <vector>

namespace statestone::cli {

/// Refuses other words. Completion scripts find the words by the validator's name.
CLI::Validator Choices(const std::vector<std::string>& words);

/// The words of a validator that Choices made, from its name; empty for others.
std::vector<std::string> ChoicesOf(const std::string& validator_name);

}  // namespace statestone::cli
