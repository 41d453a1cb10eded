// HDF5 files that are damaged: the library that parses them was not made for that.
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <stop_token>
#include <vector>

#include "interop/hdf5/library.h"
#include "interop/hdf5/links.h"
#include "interop/hdf5/slabs.h"
#include "interop/hdf5/trial.h"
#include "tests/interop/kinds/hostile_file_fixture.h"

namespace statestone {
namespace {

class Hdf5FileTest : public HostileFileTest {
 protected:
  static std::string ReadReference(const std::string& name) {
    std::ifstream file(std::filesystem::path(STATESTONE_REFERENCE_FILES) / name, std::ios::binary);
    EXPECT_TRUE(file.is_open()) << "the fixture did not run";
    return {std::istreambuf_iterator<char>(file), {}};
  }

  // Reads a file's bytes as far as they let themselves be read. What a file has no sums of may go
  // unnoticed; what is noticed must be an Error.
  bool IsRead(const std::string& file) {
    faults::WriteWhole(scratch_ / "in", file);
    try {
      const ImportedCheckpoint imported = ImportCheckpoint(scratch_ / "in");
      for (std::uint32_t i = 0; i < imported.checkpoint.tensor_count(); ++i) {
        std::vector<std::byte> bytes(imported.checkpoint.tensor_bytes({i}));
        imported.checkpoint.Read({i}, 0, bytes);
      }
      return true;
    } catch (const Error& error) {
      EXPECT_EQ(error.fields().path, (scratch_ / "in").string()) << error.what();
      return false;
    }
  }

  void SurviveDamage(const std::string& file) {
    constexpr std::size_t kStep = 23;  // each costs a process; every byte would take a minute
    int read = 0;
    int refused = 0;
    for (std::size_t at = 0; at < file.size(); at += kStep) {
      SCOPED_TRACE(at);
      std::string damaged = file;
      damaged[at] = static_cast<char>(damaged[at] ^ (at % 2 == 0 ? 0x01 : 0xFF));
      ++(IsRead(damaged) ? read : refused);
    }
    EXPECT_GT(read, 0);
    EXPECT_GT(refused, 0);
  }
};

TEST_F(Hdf5FileTest, RefusesShorterLengths) {
  const std::string whole = ReadReference("small_newest.h5");
  EXPECT_TRUE(IsRead(whole));
  for (std::size_t size = 0; size < whole.size(); size += 1 + size / 64) {
    SCOPED_TRACE(size);
    EXPECT_FALSE(IsRead(whole.substr(0, size)));
  }
}

TEST_F(Hdf5FileTest, SurvivesDamagedBytes) { SurviveDamage(ReadReference("small.h5")); }

TEST_F(Hdf5FileTest, SurvivesDamagedBytesOfTheNewestVersion) {
  SurviveDamage(ReadReference("small_newest.h5"));
}

TEST_F(Hdf5FileTest, LeavesOutWhatHasNoCounterpartIfAskedTo) {
  ConvertOptions options;
  options.skip_unknown = true;
  const std::filesystem::path folder = STATESTONE_REFERENCE_FILES;
  const ConvertReport report =
      ConvertFile(folder / "external_link.h5", scratch_ / "out.stone", options);
  ASSERT_EQ(report.skipped.size(), 1u);
  EXPECT_EQ(report.skipped[0].path, "tensors/weights");
  EXPECT_EQ(report.skipped[0].reason,
            "the link leads to another file, which is not opened (an external link)");
  EXPECT_EQ(Reader::Open(scratch_ / "out.stone").tensor_count(), 1u);
}

TEST_F(Hdf5FileTest, ReportsLinksAndTypesThatHoldNothingOfTheirOwn) {
  const std::filesystem::path folder = STATESTONE_REFERENCE_FILES;
  const ConvertReport report = ConvertFile(folder / "links.h5", scratch_ / "out.stone");
  std::vector<std::string> paths;
  for (const SkippedEntry& entry : report.skipped) paths.push_back(entry.path);
  EXPECT_EQ(paths, (std::vector<std::string>{"tensors/dangling", "tensors/loop", "tensors/soft",
                                             "tensors/type"}));
  EXPECT_EQ(report.skipped[1].reason, "a soft link, another name of what it points to");
  EXPECT_EQ(report.skipped[3].reason, "a committed datatype, which holds no data");
}

TEST_F(Hdf5FileTest, RefusesNothingButSignatures) {
  const std::string signature = "\x89HDF\r\n\x1A\n";
  const std::string block(512, 'x');
  ExpectRefused(signature, ErrorCode::kCorrupt, "cannot be opened");
  ExpectRefused(block + signature, ErrorCode::kCorrupt, "cannot be opened");
  ExpectRefused(block.substr(1) + signature, ErrorCode::kUnsupported, "cannot be converted");
}

TEST(Hdf5LinksTest, CountsWhatAllGroupsHold) {
  const hdf5::Session session;
  const auto path = std::filesystem::path(STATESTONE_REFERENCE_FILES) / "newest.h5";
  const hdf5::Handle file(H5Fopen(path.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT), H5Fclose, "no file");
  const hdf5::Handle root(H5Oopen(file.id(), "/", H5P_DEFAULT), H5Oclose, "no root");
  std::uint64_t left = 7;
  EXPECT_EQ(hdf5::ReadLinks(root.id(), left).size(), 4u);
  EXPECT_EQ(left, 3u);
  const Error error = faults::ErrorOf([&] { hdf5::ReadLinks(root.id(), left); });
  EXPECT_EQ(error.code(), ErrorCode::kLimit);
  EXPECT_EQ(error.fields().problem, "the HDF5 file has too many objects");
}

TEST(Hdf5SlabsTest, RefusesChunksOfOtherDimensions) {
  const std::vector<std::uint64_t> shape = {4, 6};
  for (const std::vector<std::uint64_t>& chunk : {std::vector<std::uint64_t>{2}, {2, 3, 1}}) {
    const Error error = faults::ErrorOf([&] { hdf5::PlanSlabs(shape, chunk, 4); });
    EXPECT_EQ(error.code(), ErrorCode::kCorrupt);
    EXPECT_EQ(error.fields().expected, "(4, 6)");
  }
}

TEST(Hdf5TrialTest, RefusesWhatCrashes) {
  const hdf5::Session session;
  const Error error =
      faults::ErrorOf([] { hdf5::RequireTrial([] { std::abort(); }, std::stop_token()); });
  EXPECT_EQ(error.code(), ErrorCode::kCorrupt);
  EXPECT_NE(error.fields().problem.find("crashes"), std::string::npos) << error.what();
}

TEST(Hdf5TrialTest, RefusesWhatTakesTooMuchMemory) {
  const hdf5::Session session;
  const auto take = [] { std::vector<char>(std::size_t{8} << 30).back() = 1; };
  const Error error = faults::ErrorOf([&] { hdf5::RequireTrial(take, std::stop_token()); });
  EXPECT_EQ(error.code(), ErrorCode::kCorrupt);
}

TEST(Hdf5TrialTest, LetsThroughWhatEndsOrIsRefused) {
  const hdf5::Session session;
  bool here = false;
  hdf5::RequireTrial([&] { here = true; }, std::stop_token());
  EXPECT_FALSE(here) << "it did not run in another process";
  hdf5::RequireTrial([] { throw Error(ErrorCode::kLimit, {}); }, std::stop_token());
}

TEST(Hdf5TrialTest, EndsWhenItIsStopped) {
  const hdf5::Session session;
  std::stop_source stop;
  stop.request_stop();
  const Error error =
      faults::ErrorOf([&] { hdf5::RequireTrial([] { ::pause(); }, stop.get_token()); });
  EXPECT_EQ(error.code(), ErrorCode::kCanceled);
}

}  // namespace
}  // namespace statestone
