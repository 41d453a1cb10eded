#include <fcntl.h>
#include <unistd.h>

#include <csignal>
#include <string>
#include <vector>

#include "cli/program.h"

namespace {

// Started with a closed standard stream, the next file opened would get its number, and the
// program's text would go into a checkpoint.
void KeepStandardStreamNumbers() {
  for (int fd = 0; fd <= 2; ++fd) {
    if (::fcntl(fd, F_GETFD) == -1) ::open("/dev/null", fd == 0 ? O_WRONLY : O_RDONLY);
  }
}

}  // namespace

int main(int argc, char** argv) {
  KeepStandardStreamNumbers();
  std::signal(SIGPIPE, SIG_IGN);
  return statestone::cli::RunProgram(std::vector<std::string>(argv + 1, argv + argc));
}
