// Elements in files beside the model.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "statestone/checkpoint.h"

namespace statestone::onnx {

/// Keys and values as a tensor has them: location, offset, length.
using ExternalPairs = std::vector<std::pair<std::string, std::string>>;

/// The files that a model's tensors name. They are opened to be measured and closed again, and each
/// is open while a tensor of it is being read: a model may name thousands.
class ExternalFiles {
 public:
  explicit ExternalFiles(std::filesystem::path folder) : folder_(std::move(folder)) {}

  /// Reads `bytes` elements' bytes; `entry` is the tensor's display path, for errors. \throws Error
  /// corrupt (a name that leads out of the folder, a place outside of the file, a length that is
  ///     not that of the shape), not_found, io
  PieceReader Find(const ExternalPairs& pairs, std::uint64_t bytes, const std::string& entry);

  /// Of all files that were named so far.
  std::uint64_t total_bytes() const { return total_bytes_; }

 private:
  struct File {
    std::filesystem::path path;
    std::uint64_t bytes = 0;
  };

  const File& Open(const std::string& location, const std::string& entry);

  std::filesystem::path folder_;
  std::map<std::string, File> files_;
  std::uint64_t total_bytes_ = 0;
};

}  // namespace statestone::onnx
