// How a file is read where the caller leaves it to the library: by the file system that it lies on.
#include <gtest/gtest.h>

#include <cerrno>

#include "codec/file/byte_source.h"
#include "codec/file/remote_file_system.h"
#include "tests/faults/fault_file_system.h"
#include "tests/faults/scratch_directory.h"

namespace statestone::file {
namespace {

using faults::Call;
using faults::FaultFileSystem;
using faults::ScratchDirectory;

// Says of every file that it lies on a file system of a type that the test chooses.
class PretendedFileSystem : public FaultFileSystem {
 public:
  explicit PretendedFileSystem(std::uint32_t type) : type_(type) {}

  int Fstatfs(int fd, struct statfs* out) override {
    const int result = FaultFileSystem::Fstatfs(fd, out);
    // As the kernel fills it in: the field is signed on some machines.
    out->f_type = static_cast<decltype(out->f_type)>(type_);
    return result;
  }

 private:
  std::uint32_t type_;
};

class AccessTest : public ::testing::Test {
 protected:
  void SetUp() override { faults::WriteWhole(path_, "contents"); }

  bool IsMapped(FaultFileSystem& system, Access access, bool writable = false) const {
    const ScopedFileSystem scope(system);
    const auto source = OpenSource(path_, access, writable);
    std::string text(8, '?');
    source->Read(0, std::as_writable_bytes(std::span(text)));
    EXPECT_EQ(text, "contents");
    EXPECT_EQ(source->bytes().empty(), system.count(Call::kMmap) == 0);
    return !source->bytes().empty();
  }

  bool IsMappedOn(std::uint32_t type, Access access, bool writable = false) const {
    PretendedFileSystem system(type);
    return IsMapped(system, access, writable);
  }

  ScratchDirectory scratch_;
  const std::filesystem::path path_ = scratch_ / "model.stone";
};

#ifdef __linux__

constexpr std::uint32_t kExt4 = 0xEF53, kNfs = 0x6969, kFuse = 0x65735546;

TEST_F(AccessTest, MapsFilesOfLocalFileSystems) {
  for (const std::uint32_t type :
       {kExt4, 0x58465342u /* XFS */, 0x9123683Eu /* btrfs */, 0x01021994u /* tmpfs */,
        0x2FC12FC1u /* ZFS */, 0x794C7630u /* overlay */, 0xF2F52010u /* F2FS */, 0u}) {
    EXPECT_TRUE(IsMappedOn(type, Access::kAuto)) << std::hex << type;
  }
}

TEST_F(AccessTest, ReadsFilesOfNetworkClusterAndFuseFileSystems) {
  const std::pair<const char*, std::uint32_t> remote[] = {
      {"NFS", kNfs},          {"SMB", 0x517B},        {"CIFS", 0xFF534D42},
      {"SMB2", 0xFE534D42},   {"FUSE", kFuse},        {"9p", 0x01021997},
      {"Ceph", 0x00C36400},   {"Lustre", 0x0BD00BD0}, {"GPFS", 0x47504653},
      {"BeeGFS", 0x19830326}, {"AFS", 0x5346414F},    {"kAFS", 0x6B414653},
      {"OCFS2", 0x7461636F},  {"GFS2", 0x01161970},   {"Coda", 0x73757245},
      {"PanFS", 0xAAD7AAEA},  {"VMware", 0xBACBACBC}, {"VirtualBox", 0x786F4256}};
  for (const auto& [name, type] : remote) {
    EXPECT_FALSE(IsMappedOn(type, Access::kAuto)) << name;
    EXPECT_FALSE(IsMappedOn(type, Access::kAuto, true)) << name << ", though views may be written";
  }
}

TEST_F(AccessTest, DoesAsTheCallerSaysWhateverTheFileSystem) {
  for (const std::uint32_t type : {kExt4, kNfs, kFuse}) {
    PretendedFileSystem system(type);
    EXPECT_TRUE(IsMapped(system, Access::kMap));
    EXPECT_EQ(system.count(Call::kFstatfs), 0u) << "it need not be asked";
    EXPECT_FALSE(IsMappedOn(type, Access::kPositioned));
  }
}

TEST_F(AccessTest, AsksOnceOfTheFileThatItHasOpen) {
  PretendedFileSystem system(kExt4);
  EXPECT_TRUE(IsMapped(system, Access::kAuto));
  EXPECT_EQ(system.count(Call::kFstatfs), 1u);
  EXPECT_EQ(system.count(Call::kOpen), 1u);
}

TEST_F(AccessTest, KnowsWhereTheFilesOfThisTestLie) {
  FaultFileSystem system;
  EXPECT_TRUE(IsMapped(system, Access::kMap));
  struct statfs status = {};
  ASSERT_EQ(::statfs(path_.c_str(), &status), 0);
  FaultFileSystem other;
  EXPECT_EQ(IsMapped(other, Access::kAuto), !IsRemote(status));
}

#endif

TEST_F(AccessTest, ReadsWhereTheSystemDoesNotSayWhichFileSystemItIs) {
  for (const int number : {ENOSYS, EPERM, EIO}) {
    FaultFileSystem system({.call = Call::kFstatfs, .for_ever = true, .number = number});
    EXPECT_FALSE(IsMapped(system, Access::kAuto));
    EXPECT_TRUE(system.fired());
  }
}

TEST_F(AccessTest, AsksAgainWhenInterrupted) {
  FaultFileSystem system({.call = Call::kFstatfs, .nth = 1, .number = EINTR});
  IsMapped(system, Access::kAuto);
  EXPECT_EQ(system.count(Call::kFstatfs), 2u);
}

}  // namespace
}  // namespace statestone::file
