// A library without HDF5 and protobuf, whose stand-ins this program is linked with.
#include <gtest/gtest.h>

#include <string>

#include "statestone/error.h"
#include "statestone/import.h"
#include "tests/faults/scratch_directory.h"

namespace statestone {
namespace {

using faults::ScratchDirectory;

// What importing a file with these bytes is refused for.
Error RefusalOf(const std::string& bytes) {
  const ScratchDirectory scratch;
  const auto path = scratch / "model";
  faults::WriteWhole(path, bytes);
  try {
    ImportCheckpoint(path, {.skip_unknown = true});
  } catch (const Error& error) {
    EXPECT_EQ(error.fields().path, path.string());
    return error;
  }
  ADD_FAILURE() << "it was imported";
  return Error(ErrorCode::kIo, {});
}

TEST(NotBuiltTest, SaysOfHdf5FilesWhatTheyAreAndWhatToBuild) {
  const Error error = RefusalOf("\x89HDF\r\n\x1a\n" + std::string(88, '\0'));
  EXPECT_EQ(error.code(), ErrorCode::kUnsupported);
  EXPECT_EQ(error.fields().problem,
            "this is an HDF5 file, and this build of Statestone reads none");
  EXPECT_NE(error.fields().advice.find("-DSTATESTONE_HDF5=ON"), std::string::npos);
}

TEST(NotBuiltTest, SaysOfOnnxFilesWhatTheyAreAndWhatToBuild) {
  const std::string version = "\x08\x08";
  const std::string empty_graph("\x3A\x00", 2);
  const Error error = RefusalOf(version + empty_graph);
  EXPECT_EQ(error.code(), ErrorCode::kUnsupported);
  EXPECT_EQ(error.fields().problem,
            "this is an ONNX file, and this build of Statestone reads none");
  EXPECT_NE(error.fields().advice.find("-DSTATESTONE_ONNX=ON"), std::string::npos);
}

}  // namespace
}  // namespace statestone
