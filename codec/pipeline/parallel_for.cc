#include <algorithm>
#include <atomic>
#include <exception>
#include <limits>
#include <mutex>
#include <system_error>
#include <thread>
#include <vector>

#include "codec/pipeline/cancellation.h"
#include "codec/pipeline/ordered_pipeline.h"

namespace statestone::pipeline {
namespace {

using Work = std::function<void(std::size_t item, std::size_t worker)>;

// Items are claimed in order, so all items below a failed one have been claimed when it was.
class ParallelRun {
 public:
  ParallelRun(std::size_t count, const Work& work, const std::stop_token& stop)
      : count_(count), work_(work), stop_(stop) {}

  void Loop(std::size_t worker) {
    while (true) {
      if (next_.load(std::memory_order_relaxed) >= count_ || stop_.stop_requested()) return;
      const std::size_t item = next_.fetch_add(1, std::memory_order_relaxed);
      if (item >= count_ || item > first_failed_.load(std::memory_order_relaxed)) return;
      try {
        work_(item, worker);
      } catch (...) {
        Record(item, std::current_exception());
      }
    }
  }

  // After every worker has ended.
  void Finish() {
    if (error_) std::rethrow_exception(error_);
    if (next_.load(std::memory_order_relaxed) < count_) ThrowIfStopped(stop_);
  }

 private:
  void Record(std::size_t item, std::exception_ptr error) {
    const std::lock_guard lock(mutex_);
    if (item > first_failed_.load(std::memory_order_relaxed)) return;
    first_failed_.store(item, std::memory_order_relaxed);
    error_ = std::move(error);
  }

  const std::size_t count_;
  const Work& work_;
  const std::stop_token& stop_;
  std::atomic<std::size_t> next_ = 0;
  std::atomic<std::size_t> first_failed_ = std::numeric_limits<std::size_t>::max();
  std::mutex mutex_;
  std::exception_ptr error_;
};

}  // namespace

void ParallelFor(std::size_t threads, std::size_t count, const Work& work,
                 const std::stop_token& stop) {
  ParallelRun run(count, work, stop);
  {
    std::vector<std::jthread> others;
    const std::size_t workers = std::min(ResolveThreads(threads), count);
    others.reserve(workers);
    try {
      for (std::size_t worker = 1; worker < workers; ++worker) {
        others.emplace_back([&run, worker] { run.Loop(worker); });
      }
    } catch (const std::system_error&) {
      // The system grants no more threads: those that run do the work.
    }
    run.Loop(0);
  }
  run.Finish();
}

}  // namespace statestone::pipeline
