#include "codec/file/output.h"

#include <algorithm>
#include <array>

#include "codec/file/system_call.h"

namespace statestone::file {
namespace {

constexpr std::size_t kGatherBytes = std::size_t{1} << 20;

}  // namespace

void Output::Write(std::span<const std::byte> data) {
  RequireOpen();
  if (data.empty()) return;
  try {
    if (gathered_.capacity() == 0) gathered_.reserve(kGatherBytes);
    if (data.size() > kGatherBytes - gathered_.size()) FlushGathered();
    if (data.size() >= kGatherBytes) {
      has_written_ = true;
      WriteAll(descriptor(), data, shown());
    } else {
      gathered_.insert(gathered_.end(), data.begin(), data.end());
    }
  } catch (...) {
    Abandon();
    throw;
  }
  position_ += data.size();
}

void Output::WriteZeros(std::uint64_t count) {
  static constexpr std::array<std::byte, 16384> kZeros{};
  while (count > 0) {
    const std::uint64_t size = std::min<std::uint64_t>(count, kZeros.size());
    Write(std::span(kZeros).first(size));
    count -= size;
  }
}

void Output::FlushGathered() {
  has_written_ = has_written_ || !gathered_.empty();
  WriteAll(descriptor(), gathered_, shown());
  gathered_.clear();
}

}  // namespace statestone::file
