// Pickles and numbers that stand one behind the other in a file.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "codec/file/byte_source.h"
#include "interop/pickle/machine.h"
#include "statestone/error.h"

namespace statestone::pt {

/// Reads a range of a file from its start to its end. Not thread-safe.
class Stream {
 public:
  /// [begin, end) lies inside the file. Both sources are of the same file; pickles are read in
  /// place, numbers by positioned reads, so that the pages around them do not come into memory.
  Stream(std::shared_ptr<const file::ByteSource> mapped,
         std::shared_ptr<const file::ByteSource> positioned, std::uint64_t begin,
         std::uint64_t end);

  std::uint64_t position() const { return position_; }  ///< in the file
  std::uint64_t remaining() const { return end_ - position_; }

  /// The next pickle, whose texts point into the map. \throws Error as pickle::Read
  pickle::Pickle TakePickle(pickle::References references);
  /// The next pickle, which may hold nothing but data and names on the list. `what` it is, for
  /// errors. \throws Error as pickle::Read; unsafe
  pickle::Pickle TakePlain(std::string_view what);

  /// \throws Error corrupt at the end, io
  std::int64_t TakeInt64(std::string_view what);
  std::int32_t TakeInt32(std::string_view what);
  /// Skips bytes that are there.
  void Skip(std::uint64_t bytes) { position_ += bytes; }

  /// An error at the place that comes next.
  Error Corrupt(std::string problem, std::string expected = {}, std::string found = {}) const;

 private:
  template <typename T>
  T Take(std::string_view what);

  std::shared_ptr<const file::ByteSource> mapped_;
  std::shared_ptr<const file::ByteSource> positioned_;
  std::uint64_t position_;
  std::uint64_t end_;
};

}  // namespace statestone::pt
