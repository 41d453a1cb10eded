// Tells files apart for conversions, and refuses the wrong ones by saying what they are.
#pragma once

#include "codec/file/byte_source.h"
#include "statestone/import.h"

namespace statestone {

/// What to say of a file that no reader is for.
Error NotACheckpoint(const std::filesystem::path& source, FileKind kind);

FileKind Recognize(const file::ByteSource& source);

/// kPtZip or kPtLegacy. \throws Error invalid_argument for all other files, saying what they are
FileKind RequirePt(const file::ByteSource& source);

}  // namespace statestone
