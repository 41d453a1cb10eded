// What the tests of hand-made checkpoints share.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "statestone/convert.h"
#include "statestone/reader.h"
#include "tests/faults/error_of.h"
#include "tests/faults/scratch_directory.h"
#include "tests/interop/pickle_builder.h"
#include "tests/interop/zip_builder.h"

namespace statestone {

class HandMadePtTest : public testing::Test {
 protected:
  ConvertReport Convert(const std::string& file, const ConvertOptions& options = {}) {
    faults::WriteWhole(scratch_ / "in.pt", file);
    return ConvertPt(scratch_ / "in.pt", scratch_ / "out.stone", options);
  }

  ConvertReport ConvertPickle(const std::string& pickle, const ConvertOptions& options = {}) {
    return Convert(BuildZip(CheckpointParts(pickle)), options);
  }

  /// The value of the entry after converting a pickle with this root.
  Value ValueOf(const std::string& object, const std::string& entry = "") {
    ConvertPickle(pk::Done(object));
    return Reader::Open(scratch_ / "out.stone").ReadValue(entry);
  }

  /// Expects a refusal that leaves no file behind, neither target nor temporary.
  void ExpectRefused(const std::string& file, ErrorCode code, const std::string& entry,
                     const std::string& text) {
    const Error error = faults::ErrorOf([&] { Convert(file); });
    EXPECT_EQ(Name(error.code()), Name(code)) << error.what();
    EXPECT_EQ(error.fields().entry, entry) << error.what();
    EXPECT_NE(std::string(error.what()).find(text), std::string::npos) << error.what();
    EXPECT_EQ(error.fields().path, (scratch_ / "in.pt").string());
    EXPECT_EQ(scratch_.Names(), std::vector<std::string>{"in.pt"});
  }

  void ExpectPickleRefused(const std::string& pickle, ErrorCode code, const std::string& entry,
                           const std::string& text) {
    ExpectRefused(BuildZip(CheckpointParts(pickle)), code, entry, text);
  }

  const faults::ScratchDirectory scratch_;
};

}  // namespace statestone
