#include "codec/file/byte_source.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <thread>

#include "codec/file/atomic_file.h"
#include "tests/faults/error_of.h"
#include "tests/faults/memory_byte_source.h"
#include "tests/faults/scratch_directory.h"

namespace statestone::file {
namespace {

using faults::ErrorOf;
using faults::OpenDescriptors;
using faults::ReadWhole;
using faults::ScratchDirectory;
using faults::ToBytes;
using faults::WriteWhole;

struct Kind {
  const char* name;
  std::shared_ptr<ByteSource> (*open)(const std::filesystem::path& path);
  bool in_place;
  bool copy_on_write;
};

std::shared_ptr<ByteSource> OpenInMemory(const std::filesystem::path& path) {
  const auto owner = std::make_shared<std::vector<std::byte>>(ToBytes(ReadWhole(path)));
  return FromMemory(*owner, owner);
}

const Kind kKinds[] = {
    {"Mapped", [](const std::filesystem::path& path) { return OpenMapped(path, false); }, true,
     false},
    {"MappedWritable", [](const std::filesystem::path& path) { return OpenMapped(path, true); },
     true, true},
    {"Positioned", [](const std::filesystem::path& path) { return OpenPositioned(path); }, false,
     false},
    {"Memory", OpenInMemory, true, false},
    {"Caller",
     [](const std::filesystem::path& path) {
       return FromCaller(std::make_shared<faults::MemoryByteSource>(ToBytes(ReadWhole(path))));
     },
     false, false},
};

std::string Contents(std::size_t size) {
  std::string text(size, '\0');
  for (std::size_t i = 0; i < size; ++i) text[i] = static_cast<char>(i * 2654435761u >> 13);
  return text;
}

std::string Read(const ByteSource& source, std::uint64_t offset, std::size_t size) {
  std::string text(size, '?');
  source.Read(offset, std::as_writable_bytes(std::span(text)));
  return text;
}

std::string AsText(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

class ByteSourceTest : public testing::TestWithParam<Kind> {
 protected:
  std::shared_ptr<ByteSource> Open(std::string_view contents) {
    WriteWhole(scratch_ / "model.stone", contents);
    return GetParam().open(scratch_ / "model.stone");
  }

  ScratchDirectory scratch_;
};

TEST_P(ByteSourceTest, ReadsAnyRange) {
  const std::string contents = Contents(10000);
  const auto source = Open(contents);
  EXPECT_EQ(source->size(), contents.size());
  for (const std::size_t offset : {0u, 1u, 4095u, 4096u, 9999u, 10000u}) {
    for (const std::size_t size : {0u, 1u, 63u, 4096u, 10000u}) {
      if (offset + size > contents.size()) continue;
      EXPECT_TRUE(Read(*source, offset, size) == contents.substr(offset, size)) << offset;
    }
  }
}

TEST_P(ByteSourceTest, ShowsItsBytesInPlaceIfItCan) {
  const std::string contents = Contents(5000);
  const auto source = Open(contents);
  EXPECT_TRUE(AsText(source->bytes()) == (GetParam().in_place ? contents : ""));
  EXPECT_EQ(source->copy_on_write(), GetParam().copy_on_write);
}

TEST_P(ByteSourceTest, OpensAnEmptyFile) {
  const auto source = Open("");
  EXPECT_EQ(source->size(), 0u);
  EXPECT_TRUE(source->bytes().empty());
  EXPECT_EQ(Read(*source, 0, 0), "");
}

TEST_P(ByteSourceTest, RefusesARangeBeyondItsEnd) {
  const auto source = Open("0123456789");
  struct Range {
    std::uint64_t offset;
    std::size_t size;
  };
  const Range ranges[] = {{0, 11}, {10, 1}, {11, 0}, {UINT64_MAX, 2}, {UINT64_MAX - 4, 8}};
  for (const Range& range : ranges) {
    const Error error = ErrorOf([&] { Read(*source, range.offset, range.size); });
    EXPECT_EQ(error.code(), ErrorCode::kInvalidArgument);
    EXPECT_EQ(error.fields().offset, range.offset);
    EXPECT_EQ(error.fields().expected, "a range inside 10 bytes");
  }
}

TEST_P(ByteSourceTest, TakesPrefetchAsAHintThatMayBeWrong) {
  const std::string contents = Contents(100000);
  const auto source = Open(contents);
  source->Prefetch(0, contents.size());
  source->Prefetch(5000, 20000);
  source->Prefetch(5000, 0);
  source->Prefetch(99999, 2);
  source->Prefetch(UINT64_MAX, UINT64_MAX);
  EXPECT_TRUE(Read(*source, 0, contents.size()) == contents);
}

TEST_P(ByteSourceTest, ReadsFromManyThreadsAtOnce) {
  const std::string contents = Contents(200000);
  const auto source = Open(contents);
  std::vector<std::jthread> threads;
  for (int thread = 0; thread < 4; ++thread) {
    threads.emplace_back([&, thread] {
      for (std::size_t offset = thread * 100; offset + 1000 <= contents.size(); offset += 997) {
        EXPECT_TRUE(Read(*source, offset, 1000) == contents.substr(offset, 1000));
      }
    });
  }
}

TEST_P(ByteSourceTest, KeepsTheOldContentsWhenTheFileIsReplaced) {
  const std::string contents = Contents(50000);
  const auto source = Open(contents);
  AtomicFile file(scratch_ / "model.stone");
  file.Write(ToBytes("new"));
  file.Commit();
  EXPECT_TRUE(Read(*source, 0, contents.size()) == contents);
}

TEST_P(ByteSourceTest, GivesBackWhatItOpened) {
  const std::size_t before = OpenDescriptors();
  Open(Contents(5000)).reset();
  EXPECT_EQ(OpenDescriptors(), before);
}

INSTANTIATE_TEST_SUITE_P(Kinds, ByteSourceTest, testing::ValuesIn(kKinds),
                         [](const auto& kind) { return std::string(kind.param.name); });

TEST(MappedSourceTest, LetsItsUserWriteWithoutChangingTheFile) {
  const ScratchDirectory scratch;
  WriteWhole(scratch / "model.stone", "contents");
  const auto source = OpenMapped(scratch / "model.stone", true);
  *const_cast<std::byte*>(source->bytes().data()) = std::byte{'C'};
  EXPECT_EQ(AsText(source->bytes()), "Contents");
  EXPECT_EQ(ReadWhole(scratch / "model.stone"), "contents");
  EXPECT_EQ(AsText(OpenMapped(scratch / "model.stone", true)->bytes()), "contents");
}

TEST(MappedSourceTest, ReadsTheFileAsItIsThoughTheMapWasWritten) {
  const ScratchDirectory scratch;
  WriteWhole(scratch / "model.stone", "contents");
  const auto source = OpenMapped(scratch / "model.stone", true);
  *const_cast<std::byte*>(source->bytes().data()) = std::byte{'C'};
  EXPECT_EQ(Read(*source, 0, 8), "contents");
}

TEST(MappedSourceTest, SaysThatTheFileBecameShorterWhereItIsRead) {
  const ScratchDirectory scratch;
  WriteWhole(scratch / "model.stone", Contents(100000));
  const auto source = OpenMapped(scratch / "model.stone", false);
  ASSERT_EQ(::truncate((scratch / "model.stone").c_str(), 10), 0);
  const Error error = ErrorOf([&] { Read(*source, 50000, 100); });
  EXPECT_EQ(error.code(), ErrorCode::kIncomplete);
  EXPECT_EQ(error.fields().offset, 50000u);
}

TEST(MappedSourceTest, MapsAFileThatIsLargerThanTheMemoryForWriting) {
  const ScratchDirectory scratch;
  WriteWhole(scratch / "model.stone", "contents");
  const off_t memory = off_t{::sysconf(_SC_PHYS_PAGES)} * ::sysconf(_SC_PAGESIZE);
  const off_t size = 8 * memory;
  if (::truncate((scratch / "model.stone").c_str(), size) != 0) {
    GTEST_SKIP() << "no sparse file of that size here";
  }
  const auto source = OpenMapped(scratch / "model.stone", true);
  EXPECT_EQ(source->size(), static_cast<std::uint64_t>(size));
  EXPECT_EQ(Read(*source, 0, 8), "contents");
}

TEST(PositionedSourceTest, SaysThatTheFileBecameShorter) {
  const ScratchDirectory scratch;
  const std::string contents = Contents(10000);
  WriteWhole(scratch / "model.stone", contents);
  const auto source = OpenPositioned(scratch / "model.stone");
  ASSERT_EQ(::truncate((scratch / "model.stone").c_str(), 6000), 0);
  EXPECT_TRUE(Read(*source, 0, 6000) == contents.substr(0, 6000));
  for (const std::uint64_t offset : {5000u, 6000u, 9000u}) {
    const Error error = ErrorOf([&] { Read(*source, offset, 10000 - offset); });
    const std::uint64_t end_met_at = std::max<std::uint64_t>(offset, 6000);
    EXPECT_EQ(error.code(), ErrorCode::kIncomplete);
    EXPECT_EQ(error.fields().problem, "the file became shorter while it was read");
    EXPECT_EQ(error.fields().offset, end_met_at);
    EXPECT_EQ(error.fields().expected, std::to_string(10000 - end_met_at) + " more bytes");
    EXPECT_EQ(error.fields().path, (scratch / "model.stone").native());
  }
}

TEST(PositionedSourceTest, DoesNotSeeWhatIsAppendedLater) {
  const ScratchDirectory scratch;
  WriteWhole(scratch / "model.stone", "contents");
  const auto source = OpenPositioned(scratch / "model.stone");
  WriteWhole(scratch / "model.stone", "contents and more");
  EXPECT_EQ(source->size(), 8u);
  EXPECT_EQ(ErrorOf([&] { Read(*source, 0, 9); }).code(), ErrorCode::kInvalidArgument);
}

TEST(MemorySourceTest, KeepsItsOwnerAlive) {
  auto owner = std::make_shared<std::vector<std::byte>>(ToBytes("contents"));
  const std::weak_ptr<std::vector<std::byte>> watch = owner;
  auto source = FromMemory(*owner, owner);
  owner.reset();
  EXPECT_FALSE(watch.expired());
  EXPECT_EQ(Read(*source, 0, 8), "contents");
  source.reset();
  EXPECT_TRUE(watch.expired());
}

TEST(MemorySourceTest, ShowsTheVeryBytesItWasGiven) {
  const std::vector<std::byte> bytes = ToBytes("contents");
  const auto source = FromMemory(bytes, nullptr);
  EXPECT_EQ(source->bytes().data(), bytes.data());
}

}  // namespace
}  // namespace statestone::file
