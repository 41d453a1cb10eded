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

// The calling thread fills and commits, and works itself while there is neither to do: a thread for
// that alone would take a core from those that work. Filled items are taken strictly in order. So
// every item before a failed one has been handed out when that one was, and the first failure in
// order is found by committing in order.
class OrderedRun {
 public:
  OrderedRun(std::size_t threads, std::size_t slots, const Steps& steps)
      : steps_(steps), most_others_(std::min(threads, slots) - 1), ring_(slots) {}

  ~OrderedRun() { EndOthers(); }

  OrderedRun(const OrderedRun&) = delete;
  OrderedRun& operator=(const OrderedRun&) = delete;

  void Run(const std::stop_token& stop) {
    while (true) {
      if (more_ || committed_ < filled_) ThrowIfStopped(stop);
      if (TakeFinished()) {
        CommitNext();
      } else if (MayFill()) {
        FillNext();
      } else if (const std::uint64_t item = TakeFilled(); item != kNone) {
        Work(item, 0);
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

  std::uint64_t TakeFilled() {
    const std::lock_guard lock(mutex_);
    return handed_out_ < WorkEnd() ? handed_out_++ : kNone;
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
      // One item is for this thread.
      const std::size_t free = others_.size() - at_work_;
      spawn = WorkEnd() - handed_out_ > free + 1 && others_.size() < most_others_;
    }
    item_filled_.notify_one();
    if (spawn) SpawnOther();
  }

  void SpawnOther() {
    try {
      others_.emplace_back([this, worker = others_.size() + 1] { WorkerLoop(worker); });
    } catch (const std::system_error&) {
      most_others_ = others_.size();  // the system grants no more at this time
    }
  }

  void CommitNext() {
    // Nobody else touches a finished slot.
    Slot& slot = At(committed_);
    if (slot.error) {
      EndOthers();
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
      item_filled_.wait(lock, [this] { return ending_ || handed_out_ < WorkEnd(); });
      if (ending_) return;
      const std::uint64_t item = handed_out_++;
      ++at_work_;
      lock.unlock();
      Work(item, worker);
      lock.lock();
      --at_work_;
    }
  }

  void Work(std::uint64_t item, std::size_t worker) {
    std::exception_ptr error;
    try {
      steps_.work(item % ring_.size(), worker);
    } catch (...) {
      error = std::current_exception();
    }
    const std::lock_guard lock(mutex_);
    if (error) first_failed_ = std::min(first_failed_, item);
    At(item).error = std::move(error);
    At(item).finished = true;
    if (item == committed_) item_finished_.notify_one();
  }

  // Work stops before the first failed item: what comes later will not be committed.
  std::uint64_t WorkEnd() const { return std::min(filled_, first_failed_); }

  void EndOthers() {
    {
      const std::lock_guard lock(mutex_);
      ending_ = true;
    }
    item_filled_.notify_all();
    others_.clear();
  }

  const Steps& steps_;
  std::size_t most_others_;
  bool more_ = true;  // only for the calling thread

  std::mutex mutex_;  // guards what follows, except the vector of threads itself
  std::condition_variable item_filled_;
  std::condition_variable item_finished_;
  std::vector<Slot> ring_;
  std::uint64_t filled_ = 0;
  std::uint64_t handed_out_ = 0;
  std::uint64_t committed_ = 0;
  std::uint64_t first_failed_ = kNone;
  std::size_t at_work_ = 0;  // of the others
  bool ending_ = false;

  std::vector<std::jthread> others_;  // last: they end before what they use
};

}  // namespace

void RunOrdered(std::size_t threads, std::size_t slots, const Steps& steps,
                const std::stop_token& stop) {
  threads = ResolveThreads(threads);
  slots = std::max<std::size_t>(slots, 1);
  if (threads == 1) return RunInline(steps, slots, stop);
  OrderedRun(threads, slots, steps).Run(stop);
}

std::size_t ResolveThreads(std::size_t threads) {
  if (threads != 0) return threads;
  return std::max<std::size_t>(std::thread::hardware_concurrency(), 1);
}

}  // namespace statestone::pipeline
