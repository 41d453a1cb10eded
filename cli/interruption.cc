#include "cli/interruption.h"

#include <pthread.h>
#include <unistd.h>

#include "cli/exit_status.h"

namespace statestone::cli {
namespace {

// Ends the waiting thread; never sent by anybody else.
constexpr int kWakeUp = SIGURG;

bool IsIgnored(int signal) {
  struct sigaction action {};
  return ::sigaction(signal, nullptr, &action) == 0 && action.sa_handler == SIG_IGN;
}

}  // namespace

Interruption::Interruption() {
  sigemptyset(&signals_);
  sigaddset(&signals_, kWakeUp);
  for (const int signal : {SIGINT, SIGTERM}) {
    if (!IsIgnored(signal)) sigaddset(&signals_, signal);
  }
  pthread_sigmask(SIG_BLOCK, &signals_, &old_mask_);
  waiter_ = std::thread([this] { Wait(); });
}

Interruption::~Interruption() {
  finished_ = true;
  pthread_kill(waiter_.native_handle(), kWakeUp);
  waiter_.join();
  pthread_sigmask(SIG_SETMASK, &old_mask_, nullptr);
}

void Interruption::Wait() {
  for (;;) {
    int signal = 0;
    if (sigwait(&signals_, &signal) != 0) continue;
    if (signal == kWakeUp) {
      if (finished_) return;
      continue;
    }
    if (stop_.stop_requested()) ::_exit(kExitCanceled);
    stop_.request_stop();
  }
}

}  // namespace statestone::cli
