// Ctrl-C and SIGTERM as a request to stop.
#pragma once

#include <atomic>
#include <csignal>
#include <stop_token>
#include <thread>

namespace statestone::cli {

/// While it lives: the first SIGINT or SIGTERM requests a stop, the second ends the process at once
/// with status 130. A thread waits for the signals, because requesting a stop runs callbacks and
/// takes locks, which no signal handler may. Make it before any other thread: they inherit the
/// mask. A signal that the process was started to ignore (nohup, `&` in a script) stays ignored.
class Interruption {
 public:
  Interruption();
  ~Interruption();
  Interruption(const Interruption&) = delete;
  Interruption& operator=(const Interruption&) = delete;

  std::stop_token token() const { return stop_.get_token(); }

 private:
  void Wait();

  std::stop_source stop_;
  sigset_t signals_;
  sigset_t old_mask_;
  std::atomic<bool> finished_ = false;
  std::thread waiter_;
};

}  // namespace statestone::cli
