// One line on a terminal's standard error that says how far a long job is.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "cli/terminal/screen.h"
#include "statestone/options.h"

namespace statestone::cli {

/// The line's text, at most `columns` wide: "label  ━━━━━━────  62 %  1.2 GB/s  3.1 s left".
/// Pure. The label must be escaped already; parts that do not fit are left out.
std::string ProgressLine(std::string_view label, std::uint64_t done, std::uint64_t total,
                         double seconds, const Screen& screen);

/// Shows nothing before the job has taken half a second, redraws at most ten times a second, and
/// leaves an empty line behind. Silent unless standard error is a terminal.
class ProgressBar {
 public:
  /// \param label  escaped here; `quiet`: never show anything
  ProgressBar(std::string_view label, bool quiet);
  ~ProgressBar();
  ProgressBar(const ProgressBar&) = delete;
  ProgressBar& operator=(const ProgressBar&) = delete;

  /// To be called with bytes done and in all; not by two threads at once.
  void Update(std::uint64_t done, std::uint64_t total);

  /// Update as an option of the library; empty when the bar is silent. The bar must outlive it.
  Progress Callback();

  /// Takes the line away, before other text is written. Idempotent.
  void Clear();

  /// Seconds since construction.
  double seconds() const;

 private:
  using Clock = std::chrono::steady_clock;

  std::string label_;
  Screen screen_;
  Clock::time_point start_ = Clock::now();
  Clock::time_point drawn_at_ = {};
  bool drawn_ = false;
};

}  // namespace statestone::cli
