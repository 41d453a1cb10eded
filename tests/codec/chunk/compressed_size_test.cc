// Sizes are deterministic, so a change of the coding that makes anything larger cannot pass unseen.
// To pin the sizes of another libzstd, add the rows that a failing run prints.
#include <zstd.h>

#include <fstream>
#include <map>
#include <sstream>

#include "tests/codec/chunk/chunk_bytes.h"

namespace statestone::chunk {
namespace {

constexpr std::size_t kUnits = std::size_t{1} << 18;  // one chunk as writers make them

struct Pinned {
  std::uint64_t stored = 0;
  std::uint64_t raw = 0;
};

// input -> zstd version -> sizes
std::map<std::string, std::map<std::string, Pinned>> PinnedSizes() {
  std::map<std::string, std::map<std::string, Pinned>> sizes;
  std::ifstream file(STATESTONE_TEST_DATA "/compressed_sizes.csv");
  std::string line;
  std::getline(file, line);  // the columns' names
  while (std::getline(file, line)) {
    std::istringstream row(line);
    std::string input;
    std::string version;
    Pinned pinned;
    char comma = 0;
    std::getline(row, input, ',');
    std::getline(row, version, ',');
    row >> pinned.stored >> comma >> pinned.raw;
    EXPECT_FALSE(row.fail()) << line;
    sizes[input][version] = pinned;
  }
  return sizes;
}

TEST(CompressedSizeTest, EveryInputHasItsPinnedSize) {
  const auto pinned = PinnedSizes();
  const std::string running = ZSTD_versionString();
  Encoder encoder;
  for (const Input& input : AllInputs()) {
    const Bytes raw = Make(input, kUnits);
    const std::uint64_t stored = encoder.Encode(raw, input.shape, true).size();
    const std::string row = std::string(input.name) + "," + running + "," + std::to_string(stored) +
                            "," + std::to_string(raw.size());
    ASSERT_TRUE(pinned.contains(input.name)) << "no row for: " << row;
    const auto& versions = pinned.at(input.name);
    if (const auto found = versions.find(running); found != versions.end()) {
      EXPECT_EQ(stored, found->second.stored) << row;
      EXPECT_EQ(raw.size(), found->second.raw) << row;
      continue;
    }
    GTEST_LOG_(INFO) << "libzstd " << running << " is not in compressed_sizes.csv: only checking "
                     << "that the size is at most 1 % above the pinned ones; row: " << row;
    for (const auto& [version, sizes] : versions) {
      EXPECT_LE(stored, sizes.stored + sizes.stored / 100) << "libzstd " << version << ": " << row;
    }
  }
}

}  // namespace
}  // namespace statestone::chunk
