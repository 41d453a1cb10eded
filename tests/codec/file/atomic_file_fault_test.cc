#include <gtest/gtest.h>

#include "codec/file/atomic_file.h"
#include "tests/faults/error_of.h"
#include "tests/faults/fault_file_system.h"
#include "tests/faults/scratch_directory.h"

namespace statestone::file {
namespace {

using faults::Call;
using faults::ErrorOf;
using faults::FaultOutcome;
using faults::FaultTally;
using faults::ReadWhole;
using faults::ScratchDirectory;
using faults::WriteWhole;
using Names = std::vector<std::string>;

constexpr std::string_view kOld = "the old file, bit for bit";

// Three writes: gathered bytes, a large piece past the buffer, and the rest at the commit.
std::string NewContents() {
  return std::string(1000, 'a') + std::string((1 << 20) + 1, 'b') + std::string(5, 'c');
}

void WriteNew(AtomicFile& file) {
  const std::vector<std::byte> bytes = faults::ToBytes(NewContents());
  const std::span<const std::byte> all = bytes;
  file.Write(all.first(1000));
  file.Write(all.subspan(1000, (1 << 20) + 1));
  file.Write(all.last(5));
}

bool Fired(const FaultTally& tally, Call call) { return tally[static_cast<std::size_t>(call)] > 0; }

bool IsDirectorySync(const FaultOutcome& outcome) {
  return outcome.fault.call == Call::kFsyncDirectory;
}

// A save that fails leaves the old file and nothing else; one that goes through leaves the new one.
void CheckOldOrNew(const FaultOutcome& outcome, const std::filesystem::path& path,
                   std::string_view old) {
  const bool old_expected = outcome.error && !IsDirectorySync(outcome);
  EXPECT_TRUE(ReadWhole(path) == (old_expected ? old : NewContents()));
  if (outcome.fault.call != Call::kUnlink) {
    EXPECT_EQ(faults::NamesIn(path.parent_path()), Names{path.filename().native()});
  }
}

// Faults that are no failure: a call that is made again, a count that is short, a close that is
// interrupted after the fsync, a descriptor of a directory that does not close.
bool MayGoThrough(const FaultOutcome& outcome) {
  const faults::Fault& fault = outcome.fault;
  if (fault.is_short_count() || fault.call == Call::kUnlink) return true;
  if (fault.call == Call::kClose) return fault.number == EINTR || fault.nth > 1;
  return fault.number == EINTR && !fault.for_ever;
}

TEST(AtomicFileFaultTest, LeavesTheOldFileWhateverCallFails) {
  const ScratchDirectory scratch;
  const auto path = scratch / "model.stone";
  const FaultTally tally = faults::ForEachFault(
      [&] {
        WriteWhole(path, kOld);
        std::filesystem::permissions(path, std::filesystem::perms(0640));
        AtomicFile file(path);
        WriteNew(file);
        file.Commit();
      },
      [&](const FaultOutcome& outcome) {
        CheckOldOrNew(outcome, path, kOld);
        EXPECT_EQ(faults::ModeOf(path), 0640u);
        EXPECT_TRUE(outcome.error || MayGoThrough(outcome));
      });
  for (const Call call :
       {Call::kOpen, Call::kStat, Call::kFstat, Call::kReadlink, Call::kWrite, Call::kFsync,
        Call::kFsyncDirectory, Call::kFchmod, Call::kRename, Call::kClose}) {
    EXPECT_TRUE(Fired(tally, call)) << Name(call);
  }
}

TEST(AtomicFileFaultTest, CreatesNothingWhateverCallFails) {
  const ScratchDirectory scratch;
  const auto path = scratch / "model.stone";
  const FaultTally tally = faults::ForEachFault(
      [&] {
        std::filesystem::remove(path);
        AtomicFile file(path);
        WriteNew(file);
        file.Commit();
      },
      [&](const FaultOutcome& outcome) {
        if (outcome.error && !IsDirectorySync(outcome)) {
          EXPECT_EQ(scratch.Names(), Names{});
        } else {
          EXPECT_EQ(scratch.Names(), Names{"model.stone"});
          EXPECT_TRUE(ReadWhole(path) == NewContents());
        }
      });
  EXPECT_TRUE(Fired(tally, Call::kRename));
}

TEST(AtomicFileFaultTest, LeavesTheFileBehindASymlinkWhateverCallFails) {
  const ScratchDirectory scratch;
  std::filesystem::create_directory(scratch / "runs");
  std::filesystem::create_symlink("runs/model.stone", scratch / "latest");
  const auto path = scratch / "runs/model.stone";
  const FaultTally tally = faults::ForEachFault(
      [&] {
        WriteWhole(path, kOld);
        AtomicFile file(scratch / "latest");
        WriteNew(file);
        file.Commit();
      },
      [&](const FaultOutcome& outcome) {
        CheckOldOrNew(outcome, path, kOld);
        EXPECT_TRUE(std::filesystem::is_symlink(scratch / "latest"));
        if (outcome.error) {
          EXPECT_EQ(outcome.error->fields().path, (scratch / "latest").native());
        }
      });
  EXPECT_TRUE(Fired(tally, Call::kReadlink));
}

TEST(AtomicFileFaultTest, ThrowsNothingWhenAnAbandonedSaveCannotBeRemoved) {
  const ScratchDirectory scratch;
  const auto path = scratch / "model.stone";
  const FaultTally tally = faults::ForEachFault(
      [&] {
        for (const std::string& name : scratch.Names()) std::filesystem::remove(scratch / name);
        WriteWhole(path, kOld);
        AtomicFile file(path);
        WriteNew(file);
      },
      [&](const FaultOutcome& outcome) {
        EXPECT_EQ(ReadWhole(path), kOld);
        const bool removed = outcome.fault.call != Call::kUnlink ||
                             (outcome.fault.number == EINTR && !outcome.fault.for_ever);
        EXPECT_EQ(scratch.Names().size(), removed ? 1u : 2u);
        if (outcome.fault.call == Call::kUnlink || outcome.fault.call == Call::kClose) {
          EXPECT_FALSE(outcome.error);
        }
      });
  EXPECT_TRUE(Fired(tally, Call::kUnlink));
}

}  // namespace
}  // namespace statestone::file
