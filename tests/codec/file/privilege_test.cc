#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>

#include "codec/file/atomic_file.h"
#include "codec/file/byte_source.h"
#include "tests/faults/child_process.h"
#include "tests/faults/fault_file_system.h"
#include "tests/faults/scratch_directory.h"

namespace statestone::file {
namespace {

using faults::ReadWhole;
using faults::ScratchDirectory;
using faults::ToBytes;
using faults::WriteWhole;

std::string Save(const std::filesystem::path& path, std::size_t size = 3) {
  AtomicFile file(path);
  file.Write(ToBytes(std::string(size, 'n')));
  file.Commit();
  return "saved";
}

TEST(PrivilegeTest, SaysThatTheDirectoryIsNotWritable) {
  const ScratchDirectory scratch;
  std::filesystem::create_directory(scratch / "readonly");
  WriteWhole(scratch / "readonly/model.stone", "old");
  const std::string path = scratch / "readonly/model.stone";
  ASSERT_EQ(::chmod((scratch / "readonly").c_str(), 0555), 0);
  EXPECT_EQ(faults::InChild([&] {
              faults::BecomeOrdinaryUser();
              return Save(path);
            }),
            path +
                ": open failed for the temporary file beside it (Permission denied); check the "
                "permissions of the file and of its directory");
  EXPECT_EQ(ReadWhole(path), "old");
  ASSERT_EQ(::chmod((scratch / "readonly").c_str(), 0755), 0);
}

TEST(PrivilegeTest, SaysThatADirectoryOnTheWayMayNotBeEntered) {
  const ScratchDirectory scratch;
  std::filesystem::create_directory(scratch / "closed");
  ASSERT_EQ(::chmod((scratch / "closed").c_str(), 0), 0);
  const std::string path = scratch / "closed/model.stone";
  EXPECT_EQ(faults::InChild([&] {
              faults::BecomeOrdinaryUser();
              return Save(path);
            }),
            path +
                ": stat failed (Permission denied); check the permissions of the file and of its "
                "directory");
  ASSERT_EQ(::chmod((scratch / "closed").c_str(), 0755), 0);
}

TEST(PrivilegeTest, SaysThatAFileMayNotBeRead) {
  const ScratchDirectory scratch;
  WriteWhole(scratch / "model.stone", "old");
  ASSERT_EQ(::chmod((scratch / "model.stone").c_str(), 0), 0);
  const std::string path = scratch / "model.stone";
  EXPECT_EQ(faults::InChild([&] {
              faults::BecomeOrdinaryUser();
              OpenMapped(path, false);
              return std::string("opened");
            }),
            path +
                ": open failed (Permission denied); check the permissions of the file and of its "
                "directory");
}

TEST(PrivilegeTest, ReplacesAReadOnlyFileInAWritableDirectory) {
  const ScratchDirectory scratch;
  ASSERT_EQ(::chmod(scratch.path().c_str(), 0777), 0);
  const std::string path = scratch / "model.stone";
  EXPECT_EQ(faults::InChild([&] {
              faults::BecomeOrdinaryUser();
              WriteWhole(path, "old");
              if (::chmod(path.c_str(), 0444) != 0) return std::string("no chmod");
              return Save(path);
            }),
            "saved");
  EXPECT_EQ(ReadWhole(path), "nnn");
  EXPECT_EQ(faults::ModeOf(path), 0444u);
}

TEST(PrivilegeTest, ReportsTheLimitOnTheSizeOfFiles) {
  const ScratchDirectory scratch;
  const std::string path = scratch / "model.stone";
  WriteWhole(path, "old");
  EXPECT_EQ(faults::InChild([&] {
              const rlimit limit = {1 << 20, 1 << 20};
              std::signal(SIGXFSZ, SIG_IGN);
              if (::setrlimit(RLIMIT_FSIZE, &limit) != 0) return std::string("no limit");
              return Save(path, 3 << 20);
            }),
            path +
                ": write failed (File too large); the file is larger than the file system or "
                "`ulimit -f` permits");
  EXPECT_EQ(ReadWhole(path), "old");
  EXPECT_EQ(scratch.Names(), std::vector<std::string>{"model.stone"});
}

TEST(PrivilegeTest, ReportsTheLimitOnOpenFiles) {
  const ScratchDirectory scratch;
  const std::string path = scratch / "model.stone";
  WriteWhole(path, "old");
  EXPECT_EQ(faults::InChild([&] {
              // Sanitizers need a descriptor where they meet a type first: a file's, an error's.
              OpenPositioned(path);
              try {
                OpenPositioned(path + ".missing");
              } catch (const std::exception& error) {
                if (std::string_view(error.what()).empty()) return std::string("no reason");
              }
              const rlimit limit = {faults::OpenDescriptors(), faults::OpenDescriptors()};
              if (::setrlimit(RLIMIT_NOFILE, &limit) != 0) return std::string("no limit");
              for (int fd = 0; fd >= 0;) fd = ::dup(0);
              OpenPositioned(path);
              return std::string("opened");
            }),
            path +
                ": open failed (Too many open files); close files or raise the limit on open ones "
                "(`ulimit -n`)");
}

TEST(PrivilegeTest, ReportsAReadOnlyFileSystem) {
  const ScratchDirectory scratch;
  faults::FaultFileSystem system({.call = faults::Call::kOpen, .nth = 2, .number = EROFS});
  const ScopedFileSystem scope(system);
  const std::string path = scratch / "model.stone";
  try {
    Save(path);
    ADD_FAILURE();
  } catch (const Error& error) {
    EXPECT_EQ(error.what(),
              path +
                  ": open failed for the temporary file beside it (Read-only file system); the "
                  "file system is read-only, use another place");
  }
}

}  // namespace
}  // namespace statestone::file
