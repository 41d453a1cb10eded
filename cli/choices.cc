#include "cli/choices.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <string_view>

namespace statestone::cli {
namespace {

constexpr std::string_view kPrefix = "choices:";

}  // namespace

CLI::Validator Choices(const std::vector<std::string>& words) {
  CLI::Validator validator = CLI::IsMember(words);
  validator.description("");
  validator.name(fmt::format("{}{}", kPrefix, fmt::join(words, ",")));
  return validator;
}

std::vector<std::string> ChoicesOf(const std::string& validator_name) {
  std::vector<std::string> words;
  if (!validator_name.starts_with(kPrefix)) return words;
  std::string_view rest = std::string_view(validator_name).substr(kPrefix.size());
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find(','), rest.size());
    words.emplace_back(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return words;
}

}  // namespace statestone::cli
