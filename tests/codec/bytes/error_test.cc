#include "statestone/error.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <type_traits>

namespace statestone {
namespace {

TEST(ErrorTest, SpellsEveryCode) {
  const std::pair<ErrorCode, std::string_view> names[] = {
      {ErrorCode::kNotStatestone, "not_statestone"},
      {ErrorCode::kIncomplete, "incomplete"},
      {ErrorCode::kCorrupt, "corrupt"},
      {ErrorCode::kUnsupported, "unsupported"},
      {ErrorCode::kLimit, "limit"},
      {ErrorCode::kNotFound, "not_found"},
      {ErrorCode::kMismatch, "mismatch"},
      {ErrorCode::kUnsafe, "unsafe"},
      {ErrorCode::kUnrepresentable, "unrepresentable"},
      {ErrorCode::kInvalidArgument, "invalid_argument"},
      {ErrorCode::kIo, "io"},
      {ErrorCode::kCanceled, "canceled"},
  };
  for (const auto& [code, name] : names) EXPECT_EQ(Name(code), name);
}

TEST(ErrorTest, MakesOneLineFromAllFields) {
  const Error error(ErrorCode::kCorrupt, {.path = "model.stone",
                                          .entry = "blk.0.w",
                                          .chunk = 7,
                                          .offset = 1048576,
                                          .problem = "checksum mismatch",
                                          .expected = "0x1",
                                          .found = "0x2",
                                          .advice = "the file is damaged, copy it again"});
  EXPECT_STREQ(error.what(),
               "model.stone: \"blk.0.w\": chunk 7 at offset 1048576: checksum mismatch (expected "
               "0x1, found 0x2); the file is damaged, copy it again");
  EXPECT_EQ(error.code(), ErrorCode::kCorrupt);
}

TEST(ErrorTest, LeavesOutWhatIsEmpty) {
  const auto text = [](ErrorFields fields) {
    return std::string(Error(ErrorCode::kIo, std::move(fields)).what());
  };
  EXPECT_EQ(text({.problem = "open failed"}), "open failed");
  EXPECT_EQ(text({.path = "a", .problem = "p"}), "a: p");
  EXPECT_EQ(text({.chunk = 0, .problem = "p"}), "chunk 0: p");
  EXPECT_EQ(text({.offset = 0, .problem = "p"}), "at offset 0: p");
  EXPECT_EQ(text({.problem = "p", .expected = "e"}), "p (expected e)");
  EXPECT_EQ(text({.problem = "p", .found = "f"}), "p (found f)");
  EXPECT_EQ(text({.problem = "p", .advice = "a"}), "p; a");
}

TEST(ErrorTest, NamesTheSystemsErrorInEnglish) {
  EXPECT_STREQ(Error(ErrorCode::kIo, {.problem = "open failed", .system_error = ENOENT}).what(),
               "open failed (No such file or directory)");
  EXPECT_STREQ(Error(ErrorCode::kIo, {.problem = "p", .found = "f", .system_error = ENOSPC}).what(),
               "p (found f, No space left on device)");
  const std::string unknown = Error(ErrorCode::kIo, {.problem = "p", .system_error = 99999}).what();
  EXPECT_NE(unknown.find("99999"), std::string::npos) << unknown;
}

TEST(ErrorTest, IsSafeToPrintWhateverTheFieldsHold) {
  const Error error(ErrorCode::kCorrupt, {.path = "a\x1B[2J",
                                          .entry = "b\nc",
                                          .problem = "d\r",
                                          .expected = "\u202E",
                                          .found = "\xFF",
                                          .advice = "\x07"});
  EXPECT_STREQ(error.what(),
               "a\\x1b[2J: \"b\\x0ac\": d\\x0d (expected \\u{202e}, found \\xff); \\x07");
  EXPECT_EQ(error.fields().entry, "b\nc");
}

TEST(ErrorTest, TakesThePathOnlyWhereThereWasNone) {
  const Error bare(ErrorCode::kCorrupt, {.problem = "p"});
  EXPECT_STREQ(bare.WithPath("model.stone").what(), "model.stone: p");
  EXPECT_EQ(bare.WithPath("model.stone").code(), ErrorCode::kCorrupt);
  EXPECT_STREQ(bare.WithPath("inner").WithPath("outer").what(), "inner: p");
  EXPECT_STREQ(bare.what(), "p");
}

TEST(ErrorTest, TakesTheEntryOnlyWhereThereWasNone) {
  const Error bare(ErrorCode::kCorrupt, {.problem = "p"});
  EXPECT_STREQ(bare.WithEntry("blk.0.w").what(), "\"blk.0.w\": p");
  EXPECT_STREQ(bare.WithEntry("inner").WithEntry("outer").what(), "\"inner\": p");
  EXPECT_STREQ(bare.WithEntry("w").WithPath("f").what(), "f: \"w\": p");
}

TEST(ErrorTest, IsAStandardException) {
  EXPECT_TRUE((std::is_base_of_v<std::exception, Error>));
  EXPECT_TRUE(std::is_copy_constructible_v<Error>);
}

}  // namespace
}  // namespace statestone
