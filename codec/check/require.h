// The one function through which every check of input goes. A site is a name for one check, so that
// a run can switch each check off in turn and demand that some test notices.
#pragma once

#include <utility>

#include "codec/check/sites.h"
#include "statestone/error.h"

namespace statestone {

#ifdef STATESTONE_SWITCHABLE_CHECKS
/// Whether the environment variable STATESTONE_DISABLED_CHECK names this site. Test builds only.
bool IsDisabled(CheckSite site);
#else
constexpr bool IsDisabled(CheckSite) { return false; }
#endif

/// Throws what `make_error()` returns when `condition` does not hold. The error is made only then:
/// checks in loops cost a comparison.
template <typename MakeError>
inline void Require(CheckSite site, bool condition, MakeError&& make_error) {
  if (condition) [[likely]]
    return;
  if (IsDisabled(site)) return;
  throw static_cast<Error>(std::forward<MakeError>(make_error)());
}

}  // namespace statestone
