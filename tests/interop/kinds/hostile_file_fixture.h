// What the tests of hand-made files of other kinds share.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "statestone/convert.h"
#include "statestone/reader.h"
#include "tests/faults/error_of.h"
#include "tests/faults/scratch_directory.h"

namespace statestone {

class HostileFileTest : public testing::Test {
 protected:
  ConvertReport Convert(const std::string& file) {
    faults::WriteWhole(scratch_ / "in", file);
    return ConvertFile(scratch_ / "in", scratch_ / "out.stone");
  }

  /// The converted file, open.
  Reader Converted(const std::string& file) {
    Convert(file);
    return Reader::Open(scratch_ / "out.stone");
  }

  /// Expects a refusal that leaves nothing behind, neither target nor temporary file.
  Error ExpectRefused(const std::string& file, ErrorCode code, const std::string& text) {
    const Error error = faults::ErrorOf([&] { Convert(file); });
    EXPECT_EQ(Name(error.code()), Name(code)) << error.what();
    EXPECT_NE(std::string(error.what()).find(text), std::string::npos) << error.what();
    EXPECT_EQ(error.fields().path, (scratch_ / "in").string());
    EXPECT_EQ(scratch_.Names(), std::vector<std::string>{"in"});
    return error;
  }

  /// Expects that no shorter file of these bytes is taken for a whole one.
  void ExpectRefusedAtEveryLength(const std::string& file) {
    for (std::size_t size = 0; size < file.size(); ++size) {
      SCOPED_TRACE(size);
      const Error error = faults::ErrorOf([&] { Convert(file.substr(0, size)); });
      EXPECT_NE(error.code(), ErrorCode::kCanceled);
      EXPECT_EQ(error.fields().path, (scratch_ / "in").string());
      EXPECT_EQ(scratch_.Names(), std::vector<std::string>{"in"});
    }
  }

  const faults::ScratchDirectory scratch_;
};

}  // namespace statestone
