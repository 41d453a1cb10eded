// Any bytes as a .stone file: opened, walked, read whole, verified, digested. Each step ends well
// or in an Error.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>

#include "statestone/reader.h"

namespace {

using statestone::EntryKind;
using statestone::Error;
using statestone::Reader;
using statestone::TensorRef;

// More than this is honest of a small file only if it is very repetitive, and slow to fuzz.
constexpr std::uint64_t kMaxBytes = std::uint64_t{16} << 20;

void ReadEntry(const Reader& reader, std::size_t i) {
  const auto entry = reader.entry(i);
  if (!entry.known) return;
  switch (entry.kind) {
    case EntryKind::kValue:
      static_cast<void>(reader.ReadValue(entry.name));
      break;
    case EntryKind::kModel:
      static_cast<void>(reader.ReadModel(entry.name));
      break;
    case EntryKind::kAttachment:
      static_cast<void>(reader.attachment(entry.name));
      break;
  }
}

void ReadAll(const Reader& reader) {
  for (std::size_t i = 0; i < reader.entry_count(); ++i) ReadEntry(reader, i);
  static_cast<void>(reader.DisplayPaths());
  static_cast<void>(reader.TieGroups());
  for (std::uint32_t i = 0; i < reader.tensor_count(); ++i) {
    // Refusals of one tensor (unknown coding, too large) leave the others readable.
    try {
      static_cast<void>(reader.Read(TensorRef{i}));
    } catch (const Error&) {
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  statestone::ReadOptions options;
  options.threads = 1;
  options.max_bytes = kMaxBytes;
  try {
    const auto bytes = std::as_bytes(std::span(data, size));
    const Reader reader = Reader::FromMemory(bytes, nullptr, options);
    ReadAll(reader);
    static_cast<void>(reader.Verify());
    static_cast<void>(reader.ContentDigest());
  } catch (const Error&) {
  }
  return 0;
}
