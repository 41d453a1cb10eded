// Every system call of a save and of a read failing once and for ever.
#include <gtest/gtest.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/codec/files/contents.h"
#include "tests/codec/files/example_data.h"
#include "tests/codec/files/small_files.h"
#include "tests/faults/child_process.h"
#include "tests/faults/error_of.h"
#include "tests/faults/fault_file_system.h"
#include "tests/faults/scratch_directory.h"

namespace statestone::testing {
namespace {

using faults::Call;
using faults::ErrorOf;
using faults::FaultOutcome;

bool Fired(const faults::FaultTally& tally, Call call) {
  return tally[static_cast<std::size_t>(call)] > 0;
}

void SaveWeights(const std::filesystem::path& path, const std::vector<float>& weights) {
  WriteOptions options;
  options.threads = 1;
  options.compression = Compression::kNone;
  Writer writer(path, options);
  const ScopeRef scope = writer.AddScope();
  writer.AddTensor(scope, Source("w", DType::kFloat32, {weights.size()}, weights));
  writer.AddValue("model", Value::TensorDict(scope));
  writer.Finish();
}

TEST(FaultTest, ASaveLeavesTheOldFileOrTheNewOneWhicheverCallFails) {
  const faults::ScratchDirectory folder;
  const std::filesystem::path path = folder / "a.stone";
  const std::vector<float> weights = WeightsFloat32(300'000, 1);
  SaveWeights(path, weights);
  const std::string fresh = faults::ReadWhole(path);
  const std::string old = "the old file";
  const auto tally = faults::ForEachFault(
      [&] {
        faults::WriteWhole(path, old);
        SaveWeights(path, weights);
      },
      [&](const FaultOutcome& outcome) {
        const std::string now = faults::ReadWhole(path);
        const bool replaced = !outcome.error || outcome.fault.call == Call::kFsyncDirectory;
        EXPECT_TRUE(now == (replaced ? fresh : old)) << now.size() << " bytes";
        // The file that could not be removed is the one thing that may stay.
        const bool stuck = outcome.fault.call == Call::kUnlink;
        EXPECT_TRUE(stuck || folder.Names() == std::vector<std::string>{"a.stone"});
      });
  for (const Call call : {Call::kOpen, Call::kStat, Call::kWrite, Call::kFsync, Call::kFchmod,
                          Call::kClose, Call::kRename, Call::kFsyncDirectory}) {
    EXPECT_TRUE(Fired(tally, call)) << faults::Name(call);
  }
}

faults::FaultTally ReadUnderEveryFault(Access access) {
  const faults::ScratchDirectory folder;
  const std::filesystem::path path = folder / "a.stone";
  const FileBytes& bytes = SmallFileBytes("coded");
  faults::WriteWhole(path, {reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  const std::string contents = Contents(OpenBytes(bytes));
  std::string read;
  return faults::ForEachFault(
      [&] {
        read.clear();
        ReadOptions options;
        options.access = access;
        options.threads = 1;
        const Reader reader = Reader::Open(path, options);
        read = Contents(reader);
        reader.Verify();
        reader.ContentDigest();
      },
      [&](const FaultOutcome& outcome) {
        EXPECT_TRUE(outcome.error || read == contents);
        EXPECT_TRUE(!outcome.error || outcome.error->fields().path == path.string());
      });
}

TEST(FaultTest, MappedReadsNameTheCallThatFailedAndLeakNothing) {
  const auto tally = ReadUnderEveryFault(Access::kMap);
  for (const Call call : {Call::kOpen, Call::kFstat, Call::kMmap, Call::kMunmap, Call::kClose}) {
    EXPECT_TRUE(Fired(tally, call)) << faults::Name(call);
  }
}

TEST(FaultTest, PositionedReadsNameTheCallThatFailedAndLeakNothing) {
  const auto tally = ReadUnderEveryFault(Access::kPositioned);
  for (const Call call : {Call::kOpen, Call::kFstat, Call::kPread, Call::kClose}) {
    EXPECT_TRUE(Fired(tally, call)) << faults::Name(call);
  }
}

TEST(FaultTest, ReadsOfAnyKindGoThroughWhenTheFileSystemDoesNotSayWhatItIs) {
  EXPECT_TRUE(Fired(ReadUnderEveryFault(Access::kAuto), Call::kFstatfs));
}

TEST(FaultTest, AFullDiskLeavesTheOldFileAndSaysSo) {
  if (::geteuid() != 0) return;  // mounting takes root; the injected ENOSPC above does not
  const faults::ScratchDirectory folder;
  const std::string mounted = folder.path().string();
  if (::mount("none", mounted.c_str(), "tmpfs", 0, "size=1m") != 0) return;
  const std::filesystem::path path = folder / "a.stone";
  const std::vector<float> few = WeightsFloat32(1000, 1);
  SaveWeights(path, few);
  const std::string old = faults::ReadWhole(path);
  const std::vector<float> many = WeightsFloat32(1'000'000, 2);
  const Error error = ErrorOf([&] { SaveWeights(path, many); });
  const std::string now = faults::ReadWhole(path);
  const std::vector<std::string> names = folder.Names();
  ::umount(mounted.c_str());
  EXPECT_EQ(error.code(), ErrorCode::kIo);
  EXPECT_EQ(error.fields().system_error, ENOSPC);
  EXPECT_EQ(error.fields().path, path.string());
  EXPECT_EQ(now, old);
  EXPECT_EQ(names, std::vector<std::string>{"a.stone"});
}

TEST(FaultTest, SavingOverTheMappedFileLeavesItsReaderTheOldBytes) {
  const faults::ScratchDirectory folder;
  const std::filesystem::path path = folder / "a.stone";
  const std::vector<float> first = WeightsFloat32(100'000, 1);
  SaveWeights(path, first);
  for (const Access access : {Access::kMap, Access::kPositioned}) {
    ReadOptions options;
    options.access = access;
    const Reader reader = Reader::Open(path, options);
    const std::vector<std::byte> before = reader.Read(TensorRef{0});
    // Its own bytes go into the file that replaces it.
    std::vector<float> changed(100'000);
    std::memcpy(changed.data(), before.data(), before.size());
    changed[0] += 1;
    SaveWeights(path, changed);
    EXPECT_EQ(reader.Read(TensorRef{0}), before);
    EXPECT_NO_THROW(reader.Verify());
    EXPECT_EQ(Reader::Open(path).Read(TensorRef{0}), BytesOf(changed));
    std::filesystem::remove(path);
    EXPECT_EQ(reader.Read(TensorRef{0}), before);
    SaveWeights(path, first);
  }
}

TEST(FaultTest, SavesViewsOfTheFileThatItReplaces) {
  const faults::ScratchDirectory folder;
  const std::filesystem::path path = folder / "a.stone";
  const std::vector<std::byte> noise = RandomBytes(100'000, 1);
  const auto save = [&](const void* data) {
    Writer writer(path);
    const ScopeRef scope = writer.AddScope();
    TensorSource source = Source("noise", DType::kUInt8, {noise.size()}, noise);
    source.data = data;
    writer.AddTensor(scope, source);
    writer.AddValue("", Value::TensorDict(scope));
    writer.Finish();
  };
  save(noise.data());
  const std::string before = faults::ReadWhole(path);
  const std::optional<View> view = Reader::Open(path).ViewInPlace({0});
  ASSERT_TRUE(view);
  save(view->bytes.data());
  EXPECT_TRUE(faults::ReadWhole(path) == before);
}

TEST(FaultTest, AReadOnlyDirectoryRefusesTheSaveAndStillReads) {
  const faults::ScratchDirectory folder;
  const std::filesystem::path path = folder / "a.stone";
  SaveWeights(path, WeightsFloat32(1000, 1));
  ::chmod(folder.path().c_str(), 0555);
  const std::string said = faults::InChild([&] {
    faults::BecomeOrdinaryUser();
    ReadOptions options;
    options.threads = 1;
    Reader::Open(path, options).Verify();
    const std::vector<float> weights = WeightsFloat32(1000, 2);
    try {
      SaveWeights(path, weights);
    } catch (const Error& error) {
      return std::string(Name(error.code())) + " " + std::to_string(error.fields().system_error);
    }
    return std::string("saved");
  });
  ::chmod(folder.path().c_str(), 0755);
  EXPECT_EQ(said, "io " + std::to_string(EACCES));
  EXPECT_EQ(folder.Names(), std::vector<std::string>{"a.stone"});
}

}  // namespace
}  // namespace statestone::testing
