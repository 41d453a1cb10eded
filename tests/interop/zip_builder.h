// Zip files by hand, with every field open to be wrong.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace statestone {

struct ZipPart {
  std::string name;
  std::string data;
  bool deflate = false;
  bool zip64 = false;       ///< sizes and place in the extra field of the directory
  bool descriptor = false;  ///< sizes behind the data, zero in the local header, as torch does it
  std::uint16_t flags = 0;
  std::uint16_t disk = 0;
  std::optional<std::uint16_t> method;
  std::optional<std::uint32_t> sum;            ///< instead of the true CRC-32
  std::optional<std::uint64_t> declared_size;  ///< instead of the true size
  std::optional<std::uint64_t> local_offset;   ///< in the directory, instead of the true place
  std::string local_name;                      ///< in the local header, if another
  bool hidden = false;                         ///< in the file and not in the directory
};

/// The zip file of these parts. `reversed`: the directory lists them from the last to the first.
std::string BuildZip(const std::vector<ZipPart>& parts, bool reversed = false,
                     bool zip64_end = false);

/// A checkpoint: data.pkl, version, byteorder, and data/0 with sixteen bytes, in `folder`.
std::vector<ZipPart> CheckpointParts(const std::string& pickle,
                                     const std::string& folder = "archive/");

}  // namespace statestone
