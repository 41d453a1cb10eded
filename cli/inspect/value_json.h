// Values as JSON that loses nothing but the middle of long bytes.
#pragma once

#include <nlohmann/json.hpp>

#include "statestone/reader.h"

namespace statestone::cli {

/// {"kind": .., and by kind: "value" (null, bool, int, float, text, dtype, device, number in
/// decimal as text where JSON's cannot hold it), "hex" with "bytes" (their number; "truncated" if
/// more than 4096), "items", "keys" beside "items" for maps, "tensor" (display path), "scope",
/// "attributes"}.
nlohmann::ordered_json ValueJson(const Value& value, const Reader& reader);

}  // namespace statestone::cli
