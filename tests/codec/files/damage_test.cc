// Every bit, every byte and every length of small files: damage is found, or nothing of it shows.
#include <gtest/gtest.h>

#include <optional>

#include "codec/container/head_tail.h"
#include "tests/codec/files/contents.h"
#include "tests/codec/files/small_files.h"
#include "tests/faults/scratch_directory.h"

namespace statestone::testing {
namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr std::size_t kEvery = 23;  // prime, so that every position of a byte comes up
#else
constexpr std::size_t kEvery = 1;
#endif

// Nothing if it is found by a typed error, else what went wrong.
std::optional<std::string> Unnoticed(const std::function<void()>& body) {
  try {
    body();
  } catch (const Error& error) {
    if (!error.fields().problem.empty()) return std::nullopt;
    return std::string("an error without a problem: ") + error.what();
  } catch (const std::exception& error) {
    return std::string("no Error: ") + error.what();
  }
  return "no error";
}

// Whether verify finds the damage, and reading everything gives a typed error or the old contents.
::testing::AssertionResult IsFound(const FileBytes& damaged, const std::string& contents) {
  std::optional<Reader> reader;
  if (!Unnoticed([&] { reader.emplace(OpenBytes(damaged)); })) return ::testing::AssertionSuccess();
  if (!reader) return ::testing::AssertionFailure() << "opening throws something else";
  if (const auto verified = Unnoticed([&] { reader->Verify(); })) {
    return ::testing::AssertionFailure() << "verify: " << *verified;
  }
  std::string read;
  const auto unnoticed = Unnoticed([&] { read = Contents(*reader); });
  if (unnoticed && read != contents) {
    return ::testing::AssertionFailure() << "other contents: " << *unnoticed;
  }
  return ::testing::AssertionSuccess();
}

class DamageTest : public ::testing::TestWithParam<std::string> {
 protected:
  const FileBytes& file() const { return SmallFileBytes(GetParam()); }
  const std::string contents_ = Contents(OpenBytes(file()));
};

INSTANTIATE_TEST_SUITE_P(Files, DamageTest,
                         ::testing::Values("raw", "coded", "state", "empty", "framed"),
                         [](const auto& file) { return file.param; });

TEST_P(DamageTest, StartsFromASmallFileThatIsWhole) {
  EXPECT_LE(file().size(), 8192u);
  EXPECT_NO_THROW(OpenBytes(file()).Verify());
}

TEST_P(DamageTest, FindsEveryFlippedBit) {
  FileBytes damaged = file();
  for (std::size_t bit = 0; bit < file().size() * 8; bit += kEvery) {
    damaged[bit / 8] ^= std::byte{1} << bit % 8;
    ASSERT_TRUE(IsFound(damaged, contents_)) << "bit " << bit % 8 << " of byte " << bit / 8;
    damaged[bit / 8] = file()[bit / 8];
  }
}

TEST_P(DamageTest, FindsEveryByteSetToZeroOrToOnes) {
  FileBytes damaged = file();
  for (std::size_t at = 0; at<file().size(); at += kEvery> 1 ? 5 : 1) {
    for (const std::byte value : {std::byte{0}, std::byte{0xFF}}) {
      if (file()[at] == value) continue;
      damaged[at] = value;
      ASSERT_TRUE(IsFound(damaged, contents_)) << "byte " << at;
    }
    damaged[at] = file()[at];
  }
}

// Pairs of bits of [begin, begin + size), every `step`th of them.
void FlipPairs(const FileBytes& file, const std::string& contents, std::size_t begin,
               std::size_t size, std::size_t step) {
  FileBytes damaged = file;
  const auto flip = [&](std::size_t bit) { damaged[begin + bit / 8] ^= std::byte{1} << bit % 8; };
  std::size_t pair = 0;
  for (std::size_t a = 0; a < size * 8; ++a) {
    flip(a);
    for (std::size_t b = a + 1; b < size * 8; ++b) {
      if (pair++ % step != 0) continue;
      flip(b);
      ASSERT_TRUE(IsFound(damaged, contents)) << "bits " << a << " and " << b << " from " << begin;
      flip(b);
    }
    flip(a);
  }
}

TEST_P(DamageTest, FindsEveryPairOfFlippedBitsInTheHead) {
  FlipPairs(file(), contents_, 0, container::kHeadBytes, kEvery * 3);
}

TEST_P(DamageTest, FindsEveryPairOfFlippedBitsInTheTail) {
  FlipPairs(file(), contents_, file().size() - container::kTailBytes, container::kTailBytes,
            kEvery * 3);
}

TEST_P(DamageTest, FindsPairsOfFlippedBitsInHeadAndTail) {
  FileBytes damaged = file();
  const std::size_t tail = file().size() - container::kTailBytes;
  for (std::size_t a = 0; a < container::kHeadBytes * 8; a += 3) {
    for (std::size_t b = a % 7; b < container::kTailBytes * 8; b += 7 * kEvery) {
      damaged[a / 8] ^= std::byte{1} << a % 8;
      damaged[tail + b / 8] ^= std::byte{1} << b % 8;
      ASSERT_TRUE(IsFound(damaged, contents_)) << a << " and " << b;
      damaged[a / 8] = file()[a / 8];
      damaged[tail + b / 8] = file()[tail + b / 8];
    }
  }
}

TEST_P(DamageTest, FindsFlippedBitsThroughMapsAndPositionedReads) {
  const faults::ScratchDirectory folder;
  const std::filesystem::path path = folder / "a.stone";
  std::string damaged(reinterpret_cast<const char*>(file().data()), file().size());
  for (std::size_t bit = 0; bit < file().size() * 8; bit += 61 * kEvery) {
    const char before = damaged[bit / 8];
    damaged[bit / 8] = static_cast<char>(before ^ 1 << bit % 8);
    faults::WriteWhole(path, damaged);
    damaged[bit / 8] = before;
    for (const Access access : {Access::kMap, Access::kPositioned}) {
      ReadOptions options;
      options.threads = 1;
      options.access = access;
      const auto unnoticed = Unnoticed([&] { Reader::Open(path, options).Verify(); });
      ASSERT_FALSE(unnoticed) << "bit " << bit << ": " << *unnoticed;
    }
  }
}

}  // namespace
}  // namespace statestone::testing
