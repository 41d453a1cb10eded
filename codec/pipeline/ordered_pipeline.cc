#include "codec/pipeline/ordered_pipeline.h"

#include <algorithm>
#include <condition_variable>
#include <cstdint>
#include <exception>
#include <mutex>
#include <system_error>
#include <thread>
#include <vector>

#include "codec/pipeline/cancellation.h"

namespace statestone::pipeline {
namespace {

void RunInline(const Steps& steps, std::size_t slots, const std::stop_token& stop) {
  for (std::size_t item = 0;; ++item) {
    ThrowIfStopped(stop);
    const std::size_t slot = item % slots;
    if (!steps.fill(slot)) return;
    steps.work(slot, 0);
    steps.commit(slot);
  }
}

// The calling thread fills and commits; the workers take filled items strictly in order. Because
// they do, every item before a failed one has been handed out when that one was, and the first
// failure in order is found by committing in order.
class OrderedRun {
 public:
  OrderedRun(std::size_t threads, std::size_t slots, const Steps& steps)
      : steps_(steps), most_workers_(std::min(threads, slots)), ring_(slots) {}

  ~OrderedRun() { EndWorkers(); }

  OrderedRun(const OrderedRun&) = delete;
  OrderedRun& operator=(const OrderedRun&) = delete;

  // False when the system grants no thread at this time.
  bool SpawnWorker() {
    try {
      workers_.emplace_back([this, worker = workers_.size()] { WorkerLoop(worker); });
      return true;
    } catch (const std::system_error&) {
      most_workers_ = workers_.size();
      return false;
    }
  }

  void Run(const std::stop_token& stop) {
    while (true) {
      if (more_ || committed_ < filled_) ThrowIfStopped(stop);
      if (TakeFinished()) {
        CommitNext();
      } else if (MayFill()) {
        FillNext();
      } else if (committed_ < filled_) {
        WaitForFinished();
      } else {
        return;
      }
    }
  }

 private:
  struct Slot {
    bool finished = false;
    std::exception_ptr error;
  };

  static constexpr std::uint64_t kNone = UINT64_MAX;

  Slot& At(std::uint64_t item) { return ring_[item % ring_.size()]; }

  bool TakeFinished() {
    const std::lock_guard lock(mutex_);
    return committed_ < filled_ && At(committed_).finished;
  }

  void WaitForFinished() {
    std::unique_lock lock(mutex_);
    item_finished_.wait(lock, [this] { return At(committed_).finished; });
  }

  bool MayFill() {
    const std::lock_guard lock(mutex_);
    return more_ && first_failed_ == kNone && filled_ - committed_ < ring_.size();
  }

  void FillNext() {
    Slot& slot = At(filled_);
    std::exception_ptr error;
    try {
      more_ = steps_.fill(filled_ % ring_.size());
    } catch (...) {
      error = std::current_exception();
    }
    if (!more_) return;
    bool spawn = false;
    {
      const std::lock_guard lock(mutex_);
      slot.error = error;
      slot.finished = error != nullptr;
      if (error) first_failed_ = std::min(first_failed_, filled_);
      ++filled_;
      spawn = filled_ - handed_out_ > idle_ && !error && workers_.size() < most_workers_;
    }
    item_filled_.notify_one();
    if (spawn) SpawnWorker();
  }

  void CommitNext() {
    // Nobody else touches a finished slot.
    Slot& slot = At(committed_);
    if (slot.error) {
      EndWorkers();
      std::rethrow_exception(slot.error);
    }
    steps_.commit(committed_ % ring_.size());
    const std::lock_guard lock(mutex_);
    slot.finished = false;
    ++committed_;
  }

  void WorkerLoop(std::size_t worker) {
    std::unique_lock lock(mutex_);
    while (true) {
      ++idle_;
      item_filled_.wait(lock, [this] { return ending_ || handed_out_ < WorkEnd(); });
      --idle_;
      if (ending_) return;
      const std::uint64_t item = handed_out_++;
      lock.unlock();
      std::exception_ptr error;
      try {
        steps_.work(item % ring_.size(), worker);
      } catch (...) {
        error = std::current_exception();
      }
      lock.lock();
      if (error) first_failed_ = std::min(first_failed_, item);
      At(item).error = std::move(error);
      At(item).finished = true;
      item_finished_.notify_one();
    }
  }

  // Work stops before the first failed item: what comes later will not be committed.
  std::uint64_t WorkEnd() const { return std::min(filled_, first_failed_); }

  void EndWorkers() {
    {
      const std::lock_guard lock(mutex_);
      ending_ = true;
    }
    item_filled_.notify_all();
    workers_.clear();
  }

  const Steps& steps_;
  std::size_t most_workers_;
  bool more_ = true;  // only for the calling thread

  std::mutex mutex_;  // guards what follows, except the vector itself
  std::condition_variable item_filled_;
  std::condition_variable item_finished_;
  std::vector<Slot> ring_;
  std::uint64_t filled_ = 0;
  std::uint64_t handed_out_ = 0;
  std::uint64_t committed_ = 0;
  std::uint64_t first_failed_ = kNone;
  std::size_t idle_ = 0;
  bool ending_ = false;

  std::vector<std::jthread> workers_;  // last: they end before what they use
};

}  // namespace

void RunOrdered(std::size_t threads, std::size_t slots, const Steps& steps,
                const std::stop_token& stop) {
  threads = ResolveThreads(threads);
  slots = std::max<std::size_t>(slots, 1);
  if (threads > 1) {
    OrderedRun run(threads, slots, steps);
    if (run.SpawnWorker()) return run.Run(stop);
  }
  RunInline(steps, slots, stop);
}

std::size_t ResolveThreads(std::size_t threads) {
  if (threads != 0) return threads;
  return std::max<std::size_t>(std::thread::hardware_concurrency(), 1);
}

}  // namespace statestone::pipeline
