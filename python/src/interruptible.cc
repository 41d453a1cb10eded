#include "python/src/interruptible.h"

#include <chrono>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <optional>
#include <thread>

namespace statestone::python {
namespace {

// Between looks at signals: unnoticeable to whoever presses Ctrl-C, and nothing to the work.
constexpr std::chrono::milliseconds kBetweenLooks(20);

// A thread that runs one piece of work and can be waited for.
class Worker {
 public:
  explicit Worker(const std::function<void()>& work)
      : thread_([this, &work] {
          try {
            work();
          } catch (...) {
            failure_ = std::current_exception();
          }
          const std::lock_guard lock(mutex_);
          done_ = true;
          ended_.notify_one();
        }) {}
  ~Worker() {
    const nb::gil_scoped_release release;
    thread_.join();
  }
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  bool EndsWithin(std::chrono::milliseconds time) {
    const nb::gil_scoped_release release;
    std::unique_lock lock(mutex_);
    return ended_.wait_for(lock, time, [this] { return done_; });
  }
  const std::exception_ptr& failure() const { return failure_; }

 private:
  std::mutex mutex_;
  std::condition_variable ended_;
  bool done_ = false;
  std::exception_ptr failure_;
  std::thread thread_;  // last: it uses the others
};

}  // namespace

Progress ProgressMeter::hook() {
  if (callback_.is_none()) return {};
  return [this](std::uint64_t done, std::uint64_t total) {
    total_ = total;
    done_ = done;
  };
}

void ProgressMeter::Tell() {
  if (callback_.is_none()) return;
  const std::uint64_t total = total_;
  const std::uint64_t done = done_;
  if ((told_any_ && done == told_) || (total == 0 && done == 0)) return;
  told_ = done;
  told_any_ = true;
  callback_(done, total);
}

void RunInterruptibly(std::stop_source& stop, ProgressMeter& progress,
                      const std::function<void()>& work) {
  std::optional<nb::python_error> raised;
  std::exception_ptr failure;
  {
    Worker worker(work);
    while (!worker.EndsWithin(kBetweenLooks)) {
      if (raised) continue;
      try {
        if (PyErr_CheckSignals() != 0) throw nb::python_error();
        progress.Tell();
      } catch (const nb::python_error& error) {
        raised.emplace(error);
        stop.request_stop();
      }
    }
    failure = worker.failure();
  }
  if (raised) throw nb::python_error(*raised);
  if (failure) std::rethrow_exception(failure);
  progress.Tell();
}

}  // namespace statestone::python
