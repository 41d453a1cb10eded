// Values as JSON, the kind and the bits of each kept.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "statestone/value.h"

namespace statestone::json {

/// What stands for tensors: the names that they have in the file to which the text belongs.
struct TensorNames {
  std::function<std::string(TensorRef)> of_tensor;
  /// Pairs of a name within the scope and what stands for that tensor.
  std::function<std::vector<std::pair<std::string, std::string>>(ScopeRef)> of_scope;
};

/// Null, bool, integers of 64 bits, finite float64, strings, lists, and maps whose keys are strings
/// without a "$" in front stand as JSON has them. All else is an object: {"$kind": "tuple",
/// "items": [..]}, {"$kind": "bytes", "hex": ".."}, {"$kind": "float64", "bits": ..}, {"$kind":
/// "tensor", "name": ".."}. Numbers, texts and bytes keep every bit.
std::string ToJson(const Value& value, const TensorNames& names);

/// The value of a text that ToJson wrote of one without tensors. What it says of kinds is believed
/// only as far as it is possible; the description that it is added to checks the rest.
/// \throws Error corrupt, limit
Value FromJson(std::string_view text);

/// Whether a tensor stands anywhere in a value, its attributes included.
bool HoldsTensors(const Value& value);

}  // namespace statestone::json
