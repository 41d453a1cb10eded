#include "interop/losses.h"

#include <algorithm>
#include <cstddef>
#include <string>

#include "statestone/error.h"

namespace statestone {
namespace {

constexpr std::size_t kShown = 3;

std::string FirstOf(const std::vector<LostEntry>& lost) {
  std::string text;
  for (std::size_t i = 0; i < std::min(lost.size(), kShown); ++i) {
    if (i != 0) text += "; ";
    text += lost[i].path.empty() ? lost[i].what : lost[i].path + ": " + lost[i].what;
  }
  if (lost.size() > kShown) text += "; and " + std::to_string(lost.size() - kShown) + " more";
  return text;
}

}  // namespace

void RequireNothingLost(const std::vector<LostEntry>& lost, FileKind kind,
                        const ExportOptions& options) {
  if (lost.empty() || options.lossy) return;
  throw Error(ErrorCode::kUnrepresentable,
              {.problem = "a " + std::string(Name(kind)) + " would lose " +
                          std::to_string(lost.size()) + (lost.size() == 1 ? " thing" : " things"),
               .found = FirstOf(lost),
               .advice = "write it all the same with --lossy (ExportOptions::lossy), or choose "
                         "another kind of file"});
}

}  // namespace statestone
