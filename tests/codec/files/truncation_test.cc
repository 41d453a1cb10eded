// Files cut off and files with something behind them, at every length, from every kind of source.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>

#include "codec/container/head_tail.h"
#include "tests/codec/files/small_files.h"
#include "tests/faults/error_of.h"
#include "tests/faults/scratch_directory.h"

namespace statestone::testing {
namespace {

using faults::ErrorOf;

class TruncationTest : public ::testing::Test {
 protected:
  // The error of opening these bytes, the same from memory, a map and positioned reads.
  Error OpeningError(const FileBytes& bytes) {
    faults::WriteWhole(path_, {reinterpret_cast<const char*>(bytes.data()), bytes.size()});
    return OpeningErrorOfBoth(bytes);
  }

  // The same where the file at `path_` has these bytes already.
  Error OpeningErrorOfBoth(std::span<const std::byte> bytes) {
    const Error from_memory = ErrorOf([&] { Reader::FromMemory(bytes, nullptr); });
    for (const Access access : {Access::kMap, Access::kPositioned}) {
      const Error error = ErrorOf([&] { Reader::Open(path_, {.access = access}); });
      EXPECT_EQ(error.code(), from_memory.code()) << error.what();
      EXPECT_EQ(error.fields().problem, from_memory.fields().problem);
      EXPECT_EQ(error.fields().path, path_.string());
    }
    return from_memory;
  }

  faults::ScratchDirectory folder_;
  const std::filesystem::path path_ = folder_ / "cut.stone";
};

TEST_F(TruncationTest, CallsAnEmptyFileEmpty) {
  const Error error = OpeningError({});
  EXPECT_EQ(error.code(), ErrorCode::kNotStatestone);
  EXPECT_EQ(error.fields().problem, "this is not a .stone file");
  EXPECT_EQ(error.fields().found, "an empty file");
}

TEST_F(TruncationTest, CallsEveryShorterFileIncomplete) {
  for (const SmallFile& file : SmallFiles()) {
    const std::string_view whole(reinterpret_cast<const char*>(file.bytes.data()),
                                 file.bytes.size());
    faults::WriteWhole(path_, whole);
    for (std::size_t size = file.bytes.size() - 1; size > 0; --size) {
      SCOPED_TRACE(file.name + " cut to " + std::to_string(size));
      std::filesystem::resize_file(path_, size);
      const Error error = OpeningErrorOfBoth(std::span(file.bytes).first(size));
      ASSERT_EQ(error.code(), ErrorCode::kIncomplete) << error.what();
      ASSERT_EQ(error.fields().problem, "the file does not end in a tail");
      ASSERT_EQ(error.fields().found, std::to_string(size) + " bytes");
    }
  }
}

TEST_F(TruncationTest, CallsAFileWithZerosOrGarbageBehindItIncomplete) {
  for (const SmallFile& file : SmallFiles()) {
    for (std::size_t more = 1; more <= 64; more += file.name == "raw" ? 1 : 7) {
      for (const std::byte fill : {std::byte{0}, std::byte{0xA5}}) {
        SCOPED_TRACE(file.name + " and " + std::to_string(more));
        FileBytes longer = file.bytes;
        longer.resize(longer.size() + more, fill);
        const Error error = OpeningError(longer);
        ASSERT_EQ(error.code(), ErrorCode::kIncomplete) << error.what();
        ASSERT_EQ(error.fields().found, std::to_string(longer.size()) + " bytes");
      }
    }
  }
}

TEST_F(TruncationTest, KnowsThatATailCopiedBehindTheFileBelongsElsewhere) {
  for (const SmallFile& file : SmallFiles()) {
    SCOPED_TRACE(file.name);
    for (const std::size_t more : {std::size_t{64}, container::kTailBytes}) {
      FileBytes longer = file.bytes;
      longer.insert(longer.end(), file.bytes.end() - static_cast<std::ptrdiff_t>(more),
                    file.bytes.end());
      const Error error = OpeningError(longer);
      // Half a tail is the end of no tail whose sum is right; a whole one knows its place.
      const bool whole = more == container::kTailBytes;
      EXPECT_EQ(error.code(), whole ? ErrorCode::kIncomplete : ErrorCode::kCorrupt) << error.what();
      EXPECT_THAT(error.fields().advice, ::testing::HasSubstr("`statestone recover FILE` finds "));
      EXPECT_EQ(error.fields().problem, whole ? "the tail belongs at another place of the file"
                                              : "checksum mismatch in the tail");
      EXPECT_EQ(error.fields().offset,
                longer.size() - container::kTailBytes + (whole ? 56u : 112u));
    }
  }
}

}  // namespace
}  // namespace statestone::testing
