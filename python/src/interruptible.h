// Long work in C++ that Ctrl-C ends and that tells how far it is.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <stop_token>

#include "python/src/binding.h"
#include "statestone/options.h"

namespace statestone::python {

/// Bytes done and in all, from the library's threads to a Python function that is called on the
/// caller's.
class ProgressMeter {
 public:
  /// `callback`: called as callback(done, total), or None.
  explicit ProgressMeter(nb::object callback) : callback_(std::move(callback)) {}

  /// For WriteOptions and ReadOptions. The meter must outlive the work.
  Progress hook();
  /// Tells Python what it has not been told yet. \throws nb::python_error what the callback raises
  void Tell();

 private:
  nb::object callback_;
  std::atomic<std::uint64_t> done_{0};
  std::atomic<std::uint64_t> total_{0};
  std::uint64_t told_ = 0;
  bool told_any_ = false;
};

/// Runs `work` on a thread of its own, without the GIL, while the calling thread, which holds it,
/// handles signals and progress. If a handler or the callback raises, `stop` is requested, `work`
/// awaited, and that exception thrown; else what `work` throws. `work` must not touch Python.
void RunInterruptibly(std::stop_source& stop, ProgressMeter& progress,
                      const std::function<void()>& work);

}  // namespace statestone::python
