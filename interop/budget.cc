#include "interop/budget.h"

#include <algorithm>
#include <string>

#include "codec/check/require.h"
#include "interop/pickle/bounds.h"

namespace statestone {
namespace {

void Spend(std::uint64_t& left, std::uint64_t amount, const char* problem) {
  Require(CheckSite::kPickleBudget, amount <= left, [&] {
    return Error(ErrorCode::kLimit,
                 {.problem = problem,
                  .advice = "the checkpoint refers to the same containers too often: save copies "
                            "of what it needs, or split it into several files"});
  });
  left -= std::min(left, amount);
}

}  // namespace

Budget::Budget(std::uint64_t pickle_bytes)
    : nodes_(std::min(pickle_bytes + pickle::kSharedNodes, pickle::kValueNodes)),
      bytes_(pickle_bytes + pickle::kSharedBytes) {}

void Budget::SpendNodes(std::uint64_t nodes) {
  Spend(nodes_, nodes, "written out, the values of the pickle are too many");
}

void Budget::SpendBytes(std::uint64_t bytes) {
  Spend(bytes_, bytes, "written out, the texts of the pickle are too large");
}

}  // namespace statestone
