// One conversion of hostile bytes, for fuzzers.
#pragma once

#include <string>

namespace statestone {

/// Converts the bytes of a .pt file, and again leaving unknown entries out; verifies what comes out
/// and reads its values. An Error is a good end; anything else is a finding.
void ConvertOnce(const std::string& file);

}  // namespace statestone
