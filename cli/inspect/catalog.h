// What the index of a file says of its tensors, with the sums that people want to see.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "statestone/reader.h"

namespace statestone::cli {

/// How a tensor's bytes lie in the file.
enum class Coding : std::uint8_t {
  kRaw = 1,      ///< a storage of its own, as it is
  kPlanes = 2,   ///< a storage of its own, coded
  kPacked = 4,   ///< together with other small tensors in one storage
  kUnknown = 8,  ///< a filter or layout of the future
};
std::string_view Name(Coding coding);

/// What one tensor adds to the file. Of tied tensors the first in the file carries the bytes.
struct TensorShare {
  std::uint64_t logical_bytes = 0;  ///< 0 for the later ones of tied tensors
  double stored_bytes = 0;
  bool estimated = false;  ///< its part of a pack, by bytes
  Coding coding = Coding::kRaw;
  std::uint32_t tied_to = kNone;  ///< the first of its tie group; itself if it is that

  static constexpr std::uint32_t kNone = 0xFFFFFFFF;
};

struct FileSums {
  std::uint64_t logical_bytes = 0;  ///< of all storages, decoded
  std::uint64_t tensors = 0;
  std::uint64_t elements = 0;    ///< of all tensors, those that share all bytes once
  std::uint64_t parameters = 0;  ///< the same, of parameters alone
};

/// Cost: n log n in the tensors. Keeps the Reader open.
class Catalog {
 public:
  explicit Catalog(const Reader& reader);

  const Reader& reader() const { return reader_; }
  const TensorShare& share(TensorRef tensor) const { return shares_[tensor.index]; }
  TensorInfo tensor(TensorRef tensor) const { return reader_.tensor(tensor); }
  const FileSums& sums() const { return sums_; }

 private:
  void FindTies();
  void FindShares();
  void AddUp();

  Reader reader_;
  std::vector<TensorShare> shares_;
  FileSums sums_;
};

/// The dtype's name, escaped if it is one of the future.
std::string DTypeText(const TensorInfo& info);

/// "64 x 3 x 7 x 7", "scalar"; `times` is " x " or " × ".
std::string ShapeText(std::span<const std::uint64_t> shape, std::string_view times);

}  // namespace statestone::cli
