// A directory of its own for a test, and plain ways to look into it that go past the file layer.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace statestone::faults {

/// The names of everything in a directory, hidden files too, sorted.
std::vector<std::string> NamesIn(const std::filesystem::path& directory);

/// A fresh directory (mode 0755), removed with everything in it at the end.
class ScratchDirectory {
 public:
  ScratchDirectory();
  ~ScratchDirectory();
  ScratchDirectory(const ScratchDirectory&) = delete;
  ScratchDirectory& operator=(const ScratchDirectory&) = delete;

  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path operator/(std::string_view name) const { return path_ / name; }

  /// As NamesIn(path()).
  std::vector<std::string> Names() const { return NamesIn(path_); }

 private:
  std::filesystem::path path_;
};

/// The whole contents of a file; fails the test when it cannot be read.
std::string ReadWhole(const std::filesystem::path& path);

/// Creates or overwrites a file in place.
void WriteWhole(const std::filesystem::path& path, std::string_view contents);

/// The permission bits of a file, setuid and sticky bits included; fails the test without a file.
unsigned ModeOf(const std::filesystem::path& path);

/// How many descriptors this process has open: compared before and after, it shows a leak.
std::size_t OpenDescriptors();

/// Text as bytes, for calls that take a span.
std::vector<std::byte> ToBytes(std::string_view text);

}  // namespace statestone::faults
