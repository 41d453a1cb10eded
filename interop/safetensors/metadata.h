// What a safetensors file says beside its tensors, as attributes of a tensor dict and back.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "interop/safetensors/header.h"
#include "statestone/export.h"
#include "statestone/value.h"

namespace statestone::safetensors {

/// Keys of `__metadata__` that stand for what the format has no place for: other attributes of the
/// tensor dict (`_metadata` of a state_dict), as JSON; and in lossy exports the entries and where
/// their tensors are.
inline constexpr std::string_view kAttributesKey = "statestone.attributes";
inline constexpr std::string_view kEntriesKey = "statestone.entries";

/// The attribute that holds what the index of a set says, but for the sizes that follow from it.
inline constexpr std::string_view kIndexAttribute = "index_metadata";

/// The attributes that a tensor dict has for a file's metadata, or null for none: the texts under
/// "__metadata__" and those that `kAttributesKey` stands for.
/// \throws Error corrupt, limit (what is under kAttributesKey was not written by ToJson)
Value AttributesOf(const std::optional<Metadata>& metadata);

/// The metadata for attributes: the inverse of AttributesOf. Attributes with tensors in them are
/// left out and added to `lost`. `index` takes the attribute of a set's index where there is one.
std::optional<Metadata> MetadataOf(const Value& attributes, std::string_view path, Value* index,
                                   std::vector<LostEntry>& lost);

}  // namespace statestone::safetensors
