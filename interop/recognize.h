// Tells files apart for conversions, and refuses the wrong ones by saying what they are.
#pragma once

#include "codec/file/byte_source.h"
#include "statestone/import.h"

namespace statestone {

/// What to say of a file that no reader is for.
Error NotACheckpoint(const std::filesystem::path& source, FileKind kind);

FileKind Recognize(const file::ByteSource& source);

/// \throws Error unsupported for a checkpoint in an older container, invalid_argument for all other
///     files that are no zip archive
void RequirePtZip(const file::ByteSource& source);

}  // namespace statestone
