#include "tests/faults/child_process.h"

#include <grp.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <exception>
#include <stdexcept>
#include <string_view>

namespace statestone::faults {
namespace {

constexpr std::string_view kMark = "\n(complete)";

[[noreturn]] void RunAndReport(const std::function<std::string()>& body, int fd) {
  std::string text;
  try {
    text = body();
  } catch (const std::exception& error) {
    text = error.what();
  }
  text += kMark;
  const bool written = ::write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  ::_exit(written ? 0 : 1);
}

}  // namespace

std::string InChild(const std::function<std::string()>& body) {
  std::array<int, 2> ends;
  if (::pipe(ends.data()) != 0) throw std::runtime_error("no pipe");
  const pid_t child = ::fork();
  if (child < 0) throw std::runtime_error("no child process");
  if (child == 0) RunAndReport(body, ends[1]);
  ::close(ends[1]);
  std::string text;
  std::array<char, 4096> piece;
  ssize_t size = 0;
  while ((size = ::read(ends[0], piece.data(), piece.size())) > 0) {
    text.append(piece.data(), static_cast<std::size_t>(size));
  }
  ::close(ends[0]);
  int status = 0;
  ::waitpid(child, &status, 0);
  if (!text.ends_with(kMark)) return "the child died with status " + std::to_string(status);
  return text.substr(0, text.size() - kMark.size());
}

void BecomeOrdinaryUser() {
  if (::geteuid() != 0) return;
  constexpr unsigned kNobody = 65534;
  if (::setgroups(0, nullptr) != 0 || ::setgid(kNobody) != 0 || ::setuid(kNobody) != 0) {
    throw std::runtime_error("could not drop privileges");
  }
}

}  // namespace statestone::faults
