#include "codec/check/sites.h"

#include <cstdlib>

#include "codec/check/require.h"

namespace statestone {
namespace {

// An array that deduces its own size folds over its elements, and compilers bound how deep.
constexpr std::string_view kNames[] = {
#define STATESTONE_CHECK_SITE(constant, name) std::string_view(name),
#include "codec/check/sites.def"
#undef STATESTONE_CHECK_SITE
};

}  // namespace

std::string_view Name(CheckSite site) { return kNames[static_cast<std::size_t>(site)]; }

#ifdef STATESTONE_SWITCHABLE_CHECKS
bool IsDisabled(CheckSite site) {
  static const std::string_view disabled = [] {
    // Read once, before any thread of ours could change the environment.
    const char* value = std::getenv("STATESTONE_DISABLED_CHECK");  // NOLINT(concurrency-mt-unsafe)
    return std::string_view(value == nullptr ? "" : value);
  }();
  return disabled == Name(site);
}
#endif

}  // namespace statestone
