// Every named check of input, in one list: `CheckSite::kTailMagic` is the check "tail_magic".
#pragma once

#include <cstdint>
#include <string_view>

namespace statestone {

enum class CheckSite : std::uint16_t {
#define STATESTONE_CHECK_SITE(constant, name) constant,
#include "codec/check/sites.def"
#undef STATESTONE_CHECK_SITE
};

/// "tail_magic" for CheckSite::kTailMagic.
std::string_view Name(CheckSite site);

}  // namespace statestone
