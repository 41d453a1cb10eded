// The CRC-32 of a record: the only thing in a checkpoint of torch by which damage shows.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <stop_token>

#include "interop/pt/record.h"

namespace statestone::pt {

/// Adds up the sum of a record whose bytes come piece by piece and in order.
class RunningSum {
 public:
  explicit RunningSum(const Record& record) : record_(&record) {}

  /// The last piece completes the sum, which is compared then.
  /// \throws Error corrupt, with the record's name and place
  void Add(std::span<const std::byte> piece);

 private:
  const Record* record_;  // must outlive this
  std::uint64_t done_ = 0;
  std::uint32_t sum_ = 0;
};

/// Compares the sum of all bytes of a record, given. \throws Error corrupt
void CheckSum(const Record& record, std::span<const std::byte> bytes);

/// The same, reading the record once in pieces of 1 MiB. \throws Error corrupt, io, canceled
void ReadAndCheckSum(const Record& record, const std::stop_token& stop);

}  // namespace statestone::pt
