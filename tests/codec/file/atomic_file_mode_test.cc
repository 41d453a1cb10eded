#include <gtest/gtest.h>
#include <sys/stat.h>

#include "codec/file/atomic_file.h"
#include "tests/faults/fault_file_system.h"
#include "tests/faults/scratch_directory.h"

namespace statestone::file {
namespace {

using faults::ModeOf;
using faults::ScratchDirectory;
using faults::ToBytes;
using faults::WriteWhole;

class ScopedUmask {
 public:
  explicit ScopedUmask(mode_t mask) : previous_(::umask(mask)) {}
  ~ScopedUmask() { ::umask(previous_); }
  ScopedUmask(const ScopedUmask&) = delete;
  ScopedUmask& operator=(const ScopedUmask&) = delete;

 private:
  mode_t previous_;
};

void Save(const std::filesystem::path& path) {
  AtomicFile file(path);
  file.Write(ToBytes("new"));
  file.Commit();
}

TEST(AtomicFileModeTest, GivesANewFileWhatTheUmaskLeaves) {
  for (const auto& [mask, mode] :
       {std::pair(022u, 0644u), {077u, 0600u}, {002u, 0664u}, {0u, 0666u}, {0777u, 0u}}) {
    const ScratchDirectory scratch;
    const ScopedUmask scope(mask);
    Save(scratch / "model.stone");
    EXPECT_EQ(ModeOf(scratch / "model.stone"), mode) << std::oct << mask;
  }
}

TEST(AtomicFileModeTest, KeepsTheModeOfTheFileItReplaces) {
  for (const unsigned mode : {0640u, 0600u, 0644u, 0666u, 0755u, 0444u, 01640u}) {
    for (const unsigned mask : {022u, 077u}) {
      const ScratchDirectory scratch;
      WriteWhole(scratch / "model.stone", "old");
      ASSERT_EQ(::chmod((scratch / "model.stone").c_str(), mode), 0);
      const ScopedUmask scope(mask);
      Save(scratch / "model.stone");
      EXPECT_EQ(ModeOf(scratch / "model.stone"), mode) << std::oct << mode << " " << mask;
    }
  }
}

TEST(AtomicFileModeTest, KeepsTheModeOfTheFileASymlinkPointsTo) {
  const ScratchDirectory scratch;
  WriteWhole(scratch / "model.stone", "old");
  ASSERT_EQ(::chmod((scratch / "model.stone").c_str(), 0640), 0);
  std::filesystem::create_symlink("model.stone", scratch / "latest");
  Save(scratch / "latest");
  EXPECT_EQ(ModeOf(scratch / "model.stone"), 0640u);
}

TEST(AtomicFileModeTest, HidesTheTemporaryFileOfAPrivateFileFromOthers) {
  const ScratchDirectory scratch;
  WriteWhole(scratch / "model.stone", "old");
  ASSERT_EQ(::chmod((scratch / "model.stone").c_str(), 0640), 0);
  const ScopedUmask scope(0);
  const AtomicFile file(scratch / "model.stone");
  EXPECT_EQ(ModeOf(file.temporary_path()), 0600u);
}

TEST(AtomicFileModeTest, NeverMakesTheTemporaryFileWiderThanTheNewFileWillBe) {
  const ScratchDirectory scratch;
  const ScopedUmask scope(027);
  const AtomicFile file(scratch / "model.stone");
  EXPECT_EQ(ModeOf(file.temporary_path()), 0640u);
}

TEST(AtomicFileModeTest, DoesNotSetAModeThatTheFileHasAlready) {
  // On FAT and some network file systems every such call is refused.
  const ScratchDirectory scratch;
  WriteWhole(scratch / "model.stone", "old");
  ASSERT_EQ(::chmod((scratch / "model.stone").c_str(), 0600), 0);
  faults::FaultFileSystem system(
      {.call = faults::Call::kFchmod, .for_ever = true, .number = EPERM});
  const ScopedFileSystem scope(system);
  EXPECT_NO_THROW(Save(scratch / "model.stone"));
  EXPECT_EQ(system.count(faults::Call::kFchmod), 0u);
}

}  // namespace
}  // namespace statestone::file
