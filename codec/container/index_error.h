// Errors of index checks, all of one form.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "statestone/error.h"

namespace statestone::container {

inline Error IndexCorrupt(std::string problem, std::string expected = {}, std::string found = {},
                          std::string_view entry = {}) {
  return {ErrorCode::kCorrupt,
          {.entry = std::string(entry),
           .problem = "the index is inconsistent: " + std::move(problem),
           .expected = std::move(expected),
           .found = std::move(found),
           .advice = "the file was damaged or badly made: copy it again, or make it anew"}};
}

inline Error IndexLimit(std::string problem, std::uint64_t at_most, std::uint64_t found,
                        std::string_view entry = {}) {
  return {ErrorCode::kLimit,
          {.entry = std::string(entry),
           .problem = std::move(problem),
           .expected = "at most " + std::to_string(at_most),
           .found = std::to_string(found),
           .advice = "the format does not allow more: split the checkpoint"}};
}

inline Error IndexReserved(std::string problem, std::string found, std::string_view entry = {}) {
  return {ErrorCode::kUnsupported,
          {.entry = std::string(entry),
           .problem = std::move(problem),
           .found = std::move(found),
           .advice = "it was written by a newer version of Statestone: update this program"}};
}

}  // namespace statestone::container
