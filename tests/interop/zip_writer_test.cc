// Archives of more than 32 or 16 bits can count, read back by the reader of zip files.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "interop/zip/record_sum.h"
#include "interop/zip/zip_file.h"
#include "tests/faults/error_of.h"
#include "tests/faults/scratch_directory.h"
#include "tests/interop/zip64_files.h"

namespace statestone {
namespace {

class ZipWriterTest : public testing::Test {
 protected:
  zip::ZipFile Open() const {
    zip::ZipFile file(scratch_ / "a.zip", scratch_ / ".");
    file.ReadDirectory();
    return file;
  }

  // The bytes of a member whose sum is right.
  static std::string Contents(zip::ZipFile& file, const zip::ZipEntry& entry) {
    const zip::Record record = file.Open(entry);
    std::string bytes(record.bytes, '\0');
    record.positioned->Read(record.offset, std::as_writable_bytes(std::span(bytes)));
    zip::CheckSum(record, std::as_bytes(std::span(bytes)));
    return bytes;
  }

  // What the last `size` bytes of the file start with.
  std::string Tail(std::uint64_t size, std::uint64_t shown) const {
    const auto source = file::OpenPositioned(scratch_ / "a.zip");
    std::string bytes(shown, '\0');
    source->Read(source->size() - size, std::as_writable_bytes(std::span(bytes)));
    return bytes;
  }

  const faults::ScratchDirectory scratch_;
};

TEST_F(ZipWriterTest, WritesSizesInWideFieldsFromTheLimitOn) {
  WriteWideSizes(scratch_ / "a.zip");
  zip::ZipFile file = Open();
  std::vector<std::uint64_t> sizes;
  for (const zip::ZipEntry& entry : file.entries()) {
    sizes.push_back(entry.bytes);
    EXPECT_EQ(Contents(file, entry), Counting(entry.bytes, 'a')) << entry.name;
    EXPECT_TRUE(entry.name.ends_with("/" + std::to_string(entry.bytes))) << entry.name;
    EXPECT_EQ(entry.offset % 64, 0u) << entry.name;
  }
  EXPECT_EQ(sizes, (std::vector<std::uint64_t>{0, 1, 999, 1000, 1001, 100000, 0, 5}));
}

TEST_F(ZipWriterTest, WritesPlacesBeyondFourGiB) {
  WriteFarPlaces(scratch_ / "a.zip");
  zip::ZipFile file = Open();
  ASSERT_EQ(file.entries().size(), 4u);
  EXPECT_EQ(Contents(file, file.entries()[0]), Counting(100, 'a'));
  EXPECT_EQ(Contents(file, file.entries()[1]), Counting(5000, 'b'));
  EXPECT_EQ(Contents(file, file.entries()[2]), Counting(70000, 'c'));
  EXPECT_EQ(Contents(file, file.entries()[3]), "");
  EXPECT_LT(file.entries()[0].offset, std::uint64_t{1} << 32);
  EXPECT_GT(file.entries()[2].offset, std::uint64_t{1} << 32);
  EXPECT_EQ(Tail(22 + 20, 4), "PK\x06\x07");
}

TEST_F(ZipWriterTest, WritesMoreMembersThanSixteenBitsCount) {
  WriteManyMembers(scratch_ / "a.zip");
  zip::ZipFile file = Open();
  ASSERT_EQ(file.entries().size(), static_cast<std::size_t>(kManyMembers));
  for (int i = 0; i < kManyMembers; ++i) {
    ASSERT_EQ(file.entries()[i].name, "m" + std::to_string(i));
    ASSERT_EQ(Contents(file, file.entries()[i]), std::to_string(i));
  }
}

TEST_F(ZipWriterTest, WritesAWideEndFromTheCountOnThatMeansIt) {
  WriteManyMembers(scratch_ / "a.zip", 65534);
  EXPECT_EQ(Open().entries().size(), 65534u);
  EXPECT_NE(Tail(22 + 20, 4), "PK\x06\x07");
  WriteManyMembers(scratch_ / "a.zip", 65535);
  EXPECT_EQ(Open().entries().size(), 65535u);
  EXPECT_EQ(Tail(22 + 20, 4), "PK\x06\x07");
}

TEST_F(ZipWriterTest, RefusesMoreOrLessThanWasAnnounced) {
  file::AtomicFile file(scratch_ / "a.zip");
  zip::ZipWriter zip(file);
  zip.Begin("a", 2);
  const std::string three = "abc";
  const Error more = faults::ErrorOf([&] { zip.Write(std::as_bytes(std::span(three))); });
  EXPECT_EQ(Name(more.code()), Name(ErrorCode::kInvalidArgument));
  EXPECT_EQ(more.fields().problem, "more was written than was announced");
  const Error less = faults::ErrorOf([&] { zip.Finish(); });
  EXPECT_EQ(Name(less.code()), Name(ErrorCode::kInvalidArgument));
  EXPECT_EQ(less.fields().problem, "less was written than was announced");
  const Error name = faults::ErrorOf([&] {
    zip.Write(std::as_bytes(std::span(three).first(2)));
    zip.Begin(std::string(65536, 'n'), 0);
  });
  EXPECT_EQ(Name(name.code()), Name(ErrorCode::kLimit));
  EXPECT_EQ(name.fields().found, "65536");
}

}  // namespace
}  // namespace statestone
