// .npy and .npz files by hand, every field open to be wrong.
#include "tests/interop/kinds/hostile_file_fixture.h"
#include "tests/interop/pickle_builder.h"
#include "tests/interop/zip_builder.h"

namespace statestone {
namespace {

constexpr ErrorCode kCorrupt = ErrorCode::kCorrupt;
constexpr ErrorCode kUnsupported = ErrorCode::kUnsupported;

const std::string kGood = "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 2), }\n";
const std::string kSixteen = "0123456789abcdef";

// A file of version 1.0 with this header, then these bytes.
std::string Npy(const std::string& header, const std::string& data = kSixteen) {
  return "\x93NUMPY" + std::string("\x01\x00", 2) +
         Bytes(static_cast<std::uint16_t>(header.size())) + header + data;
}

std::string LongNpy(char major, const std::string& header, std::uint32_t size) {
  return "\x93NUMPY" + std::string{major, '\0'} + Bytes(size) + header + kSixteen;
}

class NpyFileTest : public HostileFileTest {
 protected:
  void ExpectSixteen(const std::string& file) {
    const Reader reader = Converted(file);
    ASSERT_EQ(reader.tensor_count(), 1u);
    const auto bytes = reader.Read(TensorRef{0});
    EXPECT_EQ(std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size()), kSixteen);
    std::filesystem::remove(scratch_ / "out.stone");
  }

  void ExpectHeaderRefused(const std::string& header, const std::string& text) {
    SCOPED_TRACE(header);
    const Error error = ExpectRefused(Npy(header), kCorrupt, text);
    EXPECT_GE(error.fields().offset.value_or(0), 10u);
    EXPECT_FALSE(error.fields().expected.empty());
  }
};

TEST_F(NpyFileTest, ReadsEverySpellingOfTheDict) {
  ExpectSixteen(Npy(kGood));
  ExpectSixteen(Npy("{\"shape\":(2,2),\"fortran_order\":False,\"descr\":\"<f4\"}"));
  ExpectSixteen(Npy("{ 'shape' : ( 2L , 2L , ) , 'fortran_order':False , 'descr':'<f4' }  \n\n"));
  ExpectSixteen(Npy("{'descr': '|u1', 'fortran_order': False, 'shape': (16,)}"));
  ExpectSixteen(Npy("{'descr': '<i1', 'fortran_order': True, 'shape': (16,)}"));
  ExpectSixteen(Npy("{'descr': '|V2', 'fortran_order': False, 'shape': (8,)}"));
  ExpectSixteen(LongNpy(2, kGood, static_cast<std::uint32_t>(kGood.size())));
}

TEST_F(NpyFileTest, KeepsColumnMajorArraysAsStrides) {
  const Reader reader = Converted(Npy("{'descr': '<f4', 'fortran_order': True, 'shape': (2, 2)}"));
  const auto strides = reader.tensor(TensorRef{0}).strides;
  EXPECT_EQ(std::vector<std::uint64_t>(strides.begin(), strides.end()),
            (std::vector<std::uint64_t>{1, 2}));
  const auto bytes = reader.Read(TensorRef{0});
  EXPECT_EQ(std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size()),
            "012389ab4567cdef");
}

TEST_F(NpyFileTest, RefusesEveryLengthButItsOwn) {
  ExpectRefusedAtEveryLength(Npy(kGood));
  const Error error =
      ExpectRefused(Npy(kGood, kSixteen + "x"), kCorrupt, "not of the size of its shape");
  EXPECT_EQ(error.fields().expected, "(2, 2) of float32: 16 bytes");
  EXPECT_EQ(error.fields().found, "17 bytes");
  EXPECT_EQ(error.fields().offset, 10 + kGood.size());
}

TEST_F(NpyFileTest, RefusesHeadersThatAreNoSuchDict) {
  ExpectHeaderRefused("", "a dict");
  ExpectHeaderRefused("{'descr': '<f4', 'fortran_order': False}",
                      "the keys descr, fortran_order and shape, found its end");
  ExpectHeaderRefused("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 2)",
                      "end of the dict");
  ExpectHeaderRefused("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 2)} x",
                      "nothing but white space");
  ExpectHeaderRefused("{'descr': '<f4', 'descr': '<f4', 'shape': (2, 2)}", "once each");
  ExpectHeaderRefused("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 2), 'x': 1}",
                      "once each");
  ExpectHeaderRefused("{'descr': '\\x3cf4', 'fortran_order': False, 'shape': (2, 2)}",
                      "without escapes");
  ExpectHeaderRefused("{'descr': '<f4', 'fortran_order': False, 'shape': (2 2 2)}", "a comma");
  ExpectHeaderRefused("{'descr': '<f4, 'fortran_order': False, 'shape': (2, 2)}", "");
  ExpectHeaderRefused("{'descr': '<f4', 'fortran_order': 0, 'shape': (2, 2)}", "True or False");
  ExpectHeaderRefused("{'descr': '<f4', 'fortran_order': False, 'shape': 4}", "a tuple");
  ExpectHeaderRefused("{'descr': '<f4', 'fortran_order': False, 'shape': (4)}", "a comma behind");
  ExpectHeaderRefused("{'descr': '<f4', 'fortran_order': False, 'shape': (-4,)}", "a number");
  ExpectHeaderRefused("{'descr': '<f4', 'fortran_order': False, 'shape': (04,)}", "leading zeros");
  ExpectHeaderRefused("{'descr': '<f4', 'fortran_order': False, 'shape': (2*2,)}",
                      "a comma behind");
  ExpectHeaderRefused("{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999,)}",
                      "at most 64 bits");
  ExpectHeaderRefused("{'descr': [[[('a', '<f4'], 'fortran_order': False, 'shape': (4,)}",
                      "the end of the dtype");
}

TEST_F(NpyFileTest, RefusesShapesThatWrapAround) {
  ExpectRefused(Npy("{'descr': '<f4', 'fortran_order': False, 'shape': (4294967296, 4294967297)}"),
                kCorrupt, "not of the size of its shape");
  ExpectRefused(Npy("{'descr': '<f4', 'fortran_order': False, 'shape': (4611686018427387908,)}"),
                kCorrupt, "not of the size of its shape");
  ExpectRefused(
      Npy("{'descr': '<f4', 'fortran_order': True, 'shape': (0, 9223372036854775807, 9)}", ""),
      kCorrupt, "not of the size of its shape");
  std::string shape;
  for (int i = 0; i < 65; ++i) shape += "1, ";
  ExpectRefused(Npy("{'descr': '<f4', 'fortran_order': False, 'shape': (" + shape + ")}"),
                ErrorCode::kLimit, "too many dimensions");
}

TEST_F(NpyFileTest, RefusesHeadersOfWrongLength) {
  const Error error = ExpectRefused(LongNpy(3, kGood, 1000), kCorrupt, "past the end");
  EXPECT_EQ(error.fields().offset, 8u);
  EXPECT_EQ(error.fields().found, "1000");
  ExpectRefused(LongNpy(2, kGood, 0xFFFFFFFF), ErrorCode::kLimit, "too long");
}

TEST_F(NpyFileTest, RefusesOtherVersions) {
  for (const std::string version : {"4.0", "0.0", "1.1"}) {
    std::string file = Npy(kGood);
    file[6] = static_cast<char>(version[0] - '0');
    file[7] = static_cast<char>(version[2] - '0');
    const Error error = ExpectRefused(file, kUnsupported, "version");
    EXPECT_EQ(error.fields().found, version);
    EXPECT_EQ(error.fields().offset, 6u);
  }
}

TEST_F(NpyFileTest, RefusesDtypesByName) {
  const auto refuse = [&](const std::string& descriptor, ErrorCode code, const std::string& text) {
    ExpectRefused(Npy("{'descr': " + descriptor + ", 'fortran_order': False, 'shape': (4,)}"), code,
                  text);
  };
  refuse("'>f4'", kUnsupported, "big-endian");
  refuse("'|f4'", kUnsupported, "of no byte order");
  refuse("'=f4'", kUnsupported, "no counterpart");
  refuse("'f4'", kUnsupported, "no counterpart");
  refuse("'<f3'", kUnsupported, "no counterpart");
  refuse("'|O'", ErrorCode::kUnsafe, "Python objects");
  refuse("'O'", ErrorCode::kUnsafe, "Python objects");
  refuse("'|S4'", kUnsupported, "texts");
  refuse("'<M8[ns]'", kUnsupported, "dates");
  refuse("[('a', '<f4'), ('}', \")\")]", kUnsupported, "structured");
  refuse("('<f4', (2,))", kUnsupported, "structured");
  refuse("''", kUnsupported, "structured");
}

class NpzFileTest : public NpyFileTest {};

TEST_F(NpzFileTest, ReadsStoredAndDeflatedMembers) {
  for (const bool deflate : {false, true}) {
    ExpectSixteen(BuildZip({{.name = "w.npy", .data = Npy(kGood), .deflate = deflate}}));
  }
}

TEST_F(NpzFileTest, RefusesEveryLengthButItsOwn) {
  ExpectRefusedAtEveryLength(BuildZip({{.name = "w.npy", .data = Npy(kGood)}}));
}

TEST_F(NpzFileTest, RefusesTwoMembersOfOneName) {
  const ZipPart part{.name = "w.npy", .data = Npy(kGood)};
  ExpectRefused(BuildZip({part, part}), kCorrupt, "it is there twice");
}

TEST_F(NpzFileTest, RefusesWrongSumsAndNamesTheTensor) {
  for (const bool deflate : {false, true}) {
    for (const char* order : {"False", "True"}) {
      const std::string header =
          "{'descr': '<f4', 'fortran_order': " + std::string(order) + ", 'shape': (2, 2)}";
      const Error error = ExpectRefused(
          BuildZip({{.name = "a/w.npy", .data = Npy(header), .deflate = deflate, .sum = 77}}),
          kCorrupt, "CRC-32 mismatch");
      EXPECT_EQ(error.fields().entry, "a\\/w");
    }
  }
}

TEST_F(NpzFileTest, RefusesMembersThatAreNoArrays) {
  ExpectRefused(BuildZip({{.name = "w.npy", .data = Npy(kGood)}, {.name = "x.txt", .data = "x"}}),
                kUnsupported, "x.txt: it is no array");
  const Error error =
      ExpectRefused(BuildZip({{.name = "w.npy", .data = "no array at all"}}), kCorrupt, "no NumPy");
  EXPECT_EQ(error.fields().entry, "w");
  // Behind its header a member is nothing that stands in the file when it is deflated.
  const Error deflated =
      ExpectRefused(BuildZip({{.name = "w.npy", .data = Npy(kGood, "short"), .deflate = true}}),
                    kCorrupt, "size");
  EXPECT_EQ(deflated.fields().offset, std::nullopt);
}

TEST_F(NpzFileTest, WritesNothingByTheNamesOfMembers) {
  const Reader reader = Converted(BuildZip({{.name = "../../evil.npy", .data = Npy(kGood)},
                                            {.name = "/etc/evil.npy", .data = Npy(kGood)}}));
  EXPECT_EQ(reader.tensor(TensorRef{0}).name, "../../evil");
  EXPECT_EQ(scratch_.Names(), (std::vector<std::string>{"in", "out.stone"}));
  EXPECT_FALSE(std::filesystem::exists(scratch_.path().parent_path().parent_path() / "evil.npy"));
}

TEST_F(NpzFileTest, RefusesNamesThatAreNotUtf8) {
  ExpectRefused(BuildZip({{.name = "\xFF.npy", .data = Npy(kGood)}}), ErrorCode::kUnrepresentable,
                "UTF-8");
}

TEST_F(NpzFileTest, LeavesCheckpointsOfTorchToTheirReader) {
  faults::WriteWhole(scratch_ / "in", BuildZip(CheckpointParts("x")));
  EXPECT_EQ(RecognizeFile(scratch_ / "in"), FileKind::kPtZip);
  faults::WriteWhole(scratch_ / "in", BuildZip({}));
  EXPECT_EQ(RecognizeFile(scratch_ / "in"), FileKind::kNumpyZip);
}

}  // namespace
}  // namespace statestone
