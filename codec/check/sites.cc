#include "codec/check/sites.h"

#include <array>
#include <cstdlib>

#include "codec/check/require.h"

namespace statestone {
namespace {

constexpr std::array kNames = {
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
