// What a newer version wrote survives an append by this one, untouched.
#include "tests/codec/append/append_fixture.h"
#include "tests/faults/error_of.h"

namespace statestone::testing {
namespace {

std::string FutureFile(const std::string& name) {
  return faults::ReadWhole(std::filesystem::path(STATESTONE_TEST_DATA) / "unsupported" /
                           (name + ".stone"));
}

class UnknownPartsTest : public ::testing::TestWithParam<const char*> {};

// All that a reader can say of a file without reading payload.
std::string Listing(const Reader& reader, std::size_t entries) {
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
            std::to_string(tensor.element_bytes) + ' ' + std::to_string(tensor.bytes) +
            " storage " + std::to_string(storage.bytes) + ' ' +
            std::to_string(storage.stored_bytes) + (storage.readable ? "" : " unreadable") + '\n';
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

INSTANTIATE_TEST_SUITE_P(Future, UnknownPartsTest,
                         ::testing::Values("entry_kind_255", "value_kind_255", "value_kind_23",
                                           "foreign_dtype_200", "foreign_dtype_of_3_bytes",
                                           "filter_2", "layout_2", "plane_coding_15"),
                         [](const auto& part) { return std::string(part.param); });

}  // namespace
}  // namespace statestone::testing
