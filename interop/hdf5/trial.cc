#include "interop/hdf5/trial.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <fstream>
#include <utility>

#include "codec/check/require.h"
#include "interop/hdf5/library.h"

namespace statestone::hdf5 {
namespace {

// Of computing between two signs of life; decoding a chunk of 256 MiB takes about one.
constexpr time_t kMostSeconds = 10;
constexpr std::uint64_t kMostMemory = 4ull << 30;
constexpr int kLookForStop = 50;  // milliseconds
constexpr char kGotThrough = '+';

Error SystemError(const char* call) {
  return Error(ErrorCode::kIo, {.problem = std::string(call) + " failed", .system_error = errno});
}

class Pipe {
 public:
  Pipe() {
    if (::pipe2(ends_.data(), O_CLOEXEC) != 0) throw SystemError("pipe2");
  }
  ~Pipe() {
    Close(0);
    Close(1);
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;

  void Close(std::size_t end) {
    if (const int open = std::exchange(ends_[end], -1); open >= 0) ::close(open);
  }
  int reading() const { return ends_[0]; }
  int writing() const { return ends_[1]; }

 private:
  std::array<int, 2> ends_ = {-1, -1};
};

// What the process has mapped already counts too.
void LimitMemory() {
  std::uint64_t pages = 0;
  std::ifstream("/proc/self/statm") >> pages;
  const rlim_t most = pages * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE)) + kMostMemory;
  rlimit limit{};
  if (::getrlimit(RLIMIT_AS, &limit) != 0 || limit.rlim_cur <= most) return;
  limit.rlim_cur = most;
  ::setrlimit(RLIMIT_AS, &limit);
}

// A child that dies does so at once and in silence, whatever the process does of its signals.
void PrepareToDie(pid_t parent) {
  for (const int signal : {SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGILL, SIGPROF}) {
    ::signal(signal, SIG_DFL);
  }
  sigset_t none;
  ::sigemptyset(&none);
  ::pthread_sigmask(SIG_SETMASK, &none, nullptr);
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(1);
  const rlimit no_core{};
  ::setrlimit(RLIMIT_CORE, &no_core);
  LimitMemory();
  if (const int null = ::open("/dev/null", O_WRONLY | O_CLOEXEC); null >= 0) {
    ::dup2(null, STDERR_FILENO);
  }
}

[[noreturn]] void RunChild(const std::function<void()>& body, pid_t parent, int result) {
  TakeOverAfterFork();
  PrepareToDie(parent);
  StillAlive();
  try {
    body();
  } catch (const Error&) {
    // A refusal, which will be the same where it counts.
  } catch (...) {
    ::_exit(1);
  }
  const bool told = ::write(result, &kGotThrough, 1) == 1;
  ::_exit(told ? 0 : 1);
}

// Whether the child said that it got through, before it ended.
bool WaitForResult(int result, pid_t child, const std::stop_token& stop) {
  while (true) {
    pollfd polled{.fd = result, .events = POLLIN};
    const int ready = ::poll(&polled, 1, kLookForStop);
    if (stop.stop_requested()) {
      ::kill(child, SIGKILL);
      ::waitpid(child, nullptr, 0);
      throw Error(ErrorCode::kCanceled, {.problem = "the caller stopped it"});
    }
    if (ready <= 0) continue;
    char said = '\0';
    const ssize_t read = ::read(result, &said, 1);
    if (read < 0 && errno == EINTR) continue;
    // The pipe says it all: where the process ignores its children's ends, there is no status.
    while (::waitpid(child, nullptr, 0) < 0 && errno == EINTR) {
    }
    return read == 1 && said == kGotThrough;
  }
}

}  // namespace

void RequireTrial(const std::function<void()>& body, const std::stop_token& stop) {
  Pipe pipe;
  const pid_t parent = ::getpid();
  const pid_t child = ::fork();
  if (child < 0) throw SystemError("fork");
  if (child == 0) RunChild(body, parent, pipe.writing());
  pipe.Close(1);
  const bool through = WaitForResult(pipe.reading(), child, stop);
  Require(CheckSite::kHdf5Trial, through, [] {
    return Error(
        ErrorCode::kCorrupt,
        {.problem = "the HDF5 library crashes on this file, hangs, or takes too much memory",
         .advice = "the file is damaged, or made to do harm: copy it again from where it "
                   "is whole"});
  });
}

void StillAlive() {
  const itimerval end{.it_interval = {}, .it_value = {.tv_sec = kMostSeconds, .tv_usec = 0}};
  ::setitimer(ITIMER_PROF, &end, nullptr);
}

}  // namespace statestone::hdf5
