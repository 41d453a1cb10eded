// Bytes of tensors on their way to a file, told to the caller, who may stop them.
#pragma once

#include <cstdint>

#include "codec/pipeline/cancellation.h"
#include "statestone/export.h"

namespace statestone {

class ExportProgress {
 public:
  ExportProgress(const ExportOptions& options, std::uint64_t total)
      : options_(options), total_(total) {}

  /// \throws Error canceled
  void Add(std::uint64_t bytes) {
    pipeline::ThrowIfStopped(options_.stop);
    done_ += bytes;
    if (options_.progress) options_.progress(done_, total_);
  }

 private:
  const ExportOptions& options_;
  std::uint64_t total_;
  std::uint64_t done_ = 0;
};

}  // namespace statestone
