// Whole .stone files of a few KiB, so that every one of their bits can be tried.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "statestone/reader.h"
#include "statestone/writer.h"

namespace statestone::testing {

using FileBytes = std::vector<std::byte>;

struct SmallFile {
  std::string name;
  FileBytes bytes;
};

/// Each with something of its own: "raw" and "coded" have several chunks, "state" has values of
/// every kind, ties, strides, packs, a model and an attachment, "empty" has nothing; the index of
/// all is stored as it is. "framed" is "state" with a coded index, as it is written. Made once.
const std::vector<SmallFile>& SmallFiles();

/// The one of a name.
const FileBytes& SmallFileBytes(const std::string& name);

/// The bytes of the file that `describe` gives a Writer.
FileBytes Written(const WriteOptions& options, const std::function<void(Writer&)>& describe);

/// Opens a file in memory that lives as long as `file`; one thread, reads of at most 1 MiB.
Reader OpenBytes(const FileBytes& file);

}  // namespace statestone::testing
