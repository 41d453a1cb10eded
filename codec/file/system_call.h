// What the file calls of this room share: errors that name the call, EINTR, short counts, and
// descriptors that close themselves.
#pragma once

#include <sys/types.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace statestone::file {

/// The most that is asked of one read or write: Linux moves less than 2 GiB a call, and macOS
/// refuses more.
inline constexpr std::size_t kMostBytesPerCall = std::size_t{1} << 30;

/// Throws Error io: "<call> failed<where>", with `number` as its system_error and advice that fits
/// the number. `where` starts with a space: " for the temporary file beside it".
[[noreturn]] void ThrowSystemError(std::string_view call, int number, const std::string& path,
                                   std::string_view where = {});

/// Makes the call again while it fails with EINTR. Gives up, with that error, after a thousand
/// times in a row: a file system that only ever says EINTR must not hang the caller. Not for close,
/// whose descriptor is gone, and not for fsync, which is never repeated.
template <typename Call>
auto RetryInterrupted(Call&& call) {
  constexpr int kAttempts = 1000;
  auto result = call();
  for (int attempt = 1; result < 0 && errno == EINTR && attempt < kAttempts; ++attempt) {
    result = call();
  }
  return result;
}

/// What a mode says a file is: "a directory", "a FIFO (named pipe)".
std::string_view KindOfFile(mode_t mode);

/// The bytes of `path`, refused where the system would read only a part of them.
/// \throws Error invalid_argument for a NUL inside the path
std::string PathText(const std::filesystem::path& path);

/// Reads exactly out.size() bytes at `offset`. `path` is for the error.
/// \throws Error io; incomplete when the file ends before
void ReadAll(int fd, std::uint64_t offset, std::span<std::byte> out, const std::string& path);

/// Writes all of `data` at the descriptor's position.
/// \throws Error io, after which it is unknown how much was written
void WriteAll(int fd, std::span<const std::byte> data, const std::string& path);

/// An open file, closed at the end of its life. Movable, not thread-safe.
class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() { Close(); }
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    if (this != &other) {
      Close();
      fd_ = std::exchange(other.fd_, -1);
    }
    return *this;
  }

  int get() const { return fd_; }

  /// 0, or the errno of the close. The descriptor is gone in either case; EINTR counts as success,
  /// because nothing is pending any more once fsync has returned.
  int Close();

 private:
  int fd_ = -1;
};

}  // namespace statestone::file
