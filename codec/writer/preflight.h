// Checks what a caller describes, before anything is written.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "codec/writer/placement.h"
#include "statestone/checkpoint.h"

namespace statestone::writer {

/// \throws Error invalid_argument for options out of range
void CheckOptions(const WriteOptions& options);

/// Checks a tensor's name, shape, strides and source, and fills in its strides.
/// \throws Error invalid_argument, unrepresentable, limit
TensorRecord CheckTensor(TensorSource source, bool anonymous);

/// Checks a value tree: text, depth, keys, and that its tensors and scopes exist. Marks the scopes
/// that it uses. \throws Error invalid_argument, unrepresentable, limit
void CheckValue(const Value& value, std::string_view entry, std::uint64_t tensors,
                std::vector<bool>& scope_used);

/// Marks the scope of a model or tensor dict as used. \throws Error invalid_argument if it does
/// not exist or is used by another
void UseScope(ScopeRef scope, std::string_view entry, std::vector<bool>& scope_used);

/// \throws Error unrepresentable unless `text` is UTF-8; limit if it is a name that is too long
void CheckText(std::string_view text, std::string_view entry, const char* what);
void CheckName(std::string_view name, const char* what);

}  // namespace statestone::writer
