// What a newer version wrote survives an append by this one, untouched.
#include <gmock/gmock.h>

#include "statestone/copy.h"
#include "tests/codec/append/append_fixture.h"
#include "tests/faults/error_of.h"

namespace statestone::testing {
namespace {

std::string FutureFile(const std::string& name) {
  return faults::ReadWhole(std::filesystem::path(STATESTONE_TEST_DATA) / "unsupported" /
                           (name + ".stone"));
}

class UnknownPartsTest : public ::testing::TestWithParam<const char*> {};

// All that a reader can say of a file without reading payload. Copies pack small tensors anew.
std::string Listing(const Reader& reader, std::size_t entries, bool with_storages = true) {
  std::string text;
  for (std::size_t i = 0; i < entries; ++i) {
    const EntryInfo entry = reader.entry(i);
    text += std::string(entry.name) + " kind " + std::to_string(static_cast<int>(entry.kind));
    if (entry.kind == EntryKind::kValue) {
      const Value value = reader.ReadValue(entry.name);
      text += " value " + Name(value.kind()) + ' ' + std::to_string(value.number()) + ' ' +
              value.raw_bytes() + ' ' + std::to_string(value.items().size());
    }
    text += '\n';
  }
  for (std::uint32_t i = 0; i < reader.tensor_count(); ++i) {
    const TensorInfo tensor = reader.tensor({i});
    const StorageInfo storage = reader.storage(tensor.storage);
    text += reader.DisplayPaths()[i] + ' ' + std::string(tensor.dtype_name) + ' ' +
            std::to_string(tensor.element_bytes) + ' ' + std::to_string(tensor.bytes);
    if (with_storages) {
      text += " storage " + std::to_string(storage.bytes) + ' ' +
              std::to_string(storage.stored_bytes) + (storage.readable ? "" : " unreadable");
    }
    text += '\n';
  }
  return text;
}

TEST_P(UnknownPartsTest, SurviveAnAppend) {
  const faults::ScratchDirectory scratch;
  const std::filesystem::path path = scratch / "a.stone";
  faults::WriteWhole(path, FutureFile(GetParam()));
  const Reader before = Reader::Open(path);
  const std::size_t entries = before.entry_count();
  const bool is_root = entries == 1 && before.entry(0).name.empty();
  Appender appender = Appender::Open(path);
  if (is_root) appender.RenameEntry("", "root");
  appender.PutValue("note", "appended");
  appender.Finish();
  {
    // Named as it was, so that paths compare.
    Appender again = Appender::Open(path);
    again.RemoveEntry("note");
    if (is_root) again.RenameEntry("root", "");
    again.Finish();
  }
  const Reader after = Reader::Open(path);
  EXPECT_EQ(after.generation(), before.generation() + 2);
  EXPECT_EQ(Listing(after, entries), Listing(before, entries));
  EXPECT_EQ(after.Verify().undecoded_chunks, before.Verify().undecoded_chunks);
}

// Entries and values of the future, unlike dtypes and codings, need not be decoded.
class UnknownEntriesTest : public UnknownPartsTest {};

TEST_P(UnknownEntriesTest, SurviveACopy) {
  const faults::ScratchDirectory scratch;
  const std::filesystem::path path = scratch / "a.stone";
  faults::WriteWhole(path, FutureFile(GetParam()));
  const Reader before = Reader::Open(path);
  const std::size_t entries = before.entry_count();
  CompactFile(path, scratch / "b.stone");
  const Reader after = Reader::Open(scratch / "b.stone");
  EXPECT_EQ(Listing(after, entries, false), Listing(before, entries, false));
  EXPECT_EQ(after.scope_count(), before.scope_count());
  after.Verify();
}

TEST_P(UnknownEntriesTest, AreRefusedWhereTheyWouldBecomeSomethingElse) {
  const std::vector<std::byte> file = faults::ToBytes(FutureFile(GetParam()));
  const Reader reader = Reader::FromMemory(file, nullptr);
  const Error error = faults::ErrorOf([&] { DescribeCheckpoint(reader); });
  EXPECT_EQ(error.code(), ErrorCode::kUnsupported);
  EXPECT_THAT(error.fields().problem, ::testing::StartsWith("a copy would lose "));
}

INSTANTIATE_TEST_SUITE_P(Future, UnknownEntriesTest,
                         ::testing::Values("entry_kind_255", "entry_kind_255_with_scope",
                                           "entry_kind_3_with_tables", "value_kind_255",
                                           "value_kind_23"),
                         [](const auto& part) { return std::string(part.param); });

TEST(UnknownScopesTest, AreListedWithoutAPathAndGoWithTheLastEntryOfTheFuture) {
  const faults::ScratchDirectory scratch;
  const std::filesystem::path path = scratch / "a.stone";
  faults::WriteWhole(path, FutureFile("entry_kind_255_with_scope"));
  EXPECT_EQ(Reader::Open(path).DisplayPaths(),
            (std::vector<std::string>{"model/weight", "\\#tensor/1"}));
  Appender appender = Appender::Open(path);
  appender.RemoveEntry("later");
  appender.Finish();
  const Reader after = Reader::Open(path);
  EXPECT_EQ(after.scope_count(), 1u);
  EXPECT_EQ(after.DisplayPaths(), std::vector<std::string>{"model/weight"});
}

INSTANTIATE_TEST_SUITE_P(Future, UnknownPartsTest,
                         ::testing::Values("entry_kind_255", "entry_kind_255_with_scope",
                                           "entry_kind_3_with_tables", "value_kind_255",
                                           "value_kind_23", "foreign_dtype_200",
                                           "foreign_dtype_of_3_bytes", "filter_2", "layout_2",
                                           "plane_coding_15"),
                         [](const auto& part) { return std::string(part.param); });

}  // namespace
}  // namespace statestone::testing
