// The tar files of the first releases of torch, by hand: each part wrong in turn, and every cut.
#include <cstdint>
#include <limits>
#include <optional>

#include "tests/interop/hostile_fixture.h"
#include "tests/interop/tar_builder.h"

namespace statestone {
namespace {

constexpr ErrorCode kCorrupt = ErrorCode::kCorrupt;
constexpr ErrorCode kUnsafe = ErrorCode::kUnsafe;
constexpr ErrorCode kUnsupported = ErrorCode::kUnsupported;

class TarFileTest : public HandMadePtTest {
 protected:
  void ExpectPartsRefused(const std::vector<TarPart>& parts, ErrorCode code,
                          const std::string& text) {
    ExpectRefused(BuildTar(parts), code, "", text);
  }

  void ExpectCheckpointRefused(const TarCheckpoint& checkpoint, ErrorCode code,
                               const std::string& text, const std::string& entry = "") {
    ExpectRefused(BuildTar(checkpoint.Parts()), code, entry, text);
  }

  std::string ElementsOf(const std::string& file, std::string_view path) {
    Convert(file);
    const Reader reader = Reader::Open(scratch_ / "out.stone");
    const auto tensor = reader.FindTensor(path);
    if (!tensor) return "no such tensor";
    const std::vector<std::byte> elements = reader.Read(*tensor);
    return {reinterpret_cast<const char*>(elements.data()), elements.size()};
  }
};

TEST_F(TarFileTest, BecomesItsValuesAndElements) {
  const std::string file = BuildTar(TarCheckpoint().Parts());
  EXPECT_EQ(ElementsOf(file, "a/1"), "0123456789ABCDEF");
  EXPECT_EQ(RecognizeFile(scratch_ / "in.pt"), FileKind::kPtLegacy);
  EXPECT_EQ(Reader::Open(scratch_ / "out.stone").ReadValue("a").items()[0], Value(7));
}

TEST_F(TarFileTest, ReadsMembersBehindExtendedHeadersAndInAnyOrder) {
  const std::vector<TarPart> parts = TarCheckpoint().Parts();
  const TarPart time = PaxHeader("mtime", "1480000000.5");
  EXPECT_EQ(ElementsOf(BuildTar({time, parts[3], time, parts[2], parts[1], time, parts[0]}), "a/1"),
            "0123456789ABCDEF");
  TarPart longer = parts[1];
  longer.name = "other";
  longer.size = Octal(0, 11);
  const std::string size = std::to_string(parts[1].data.size());
  std::string record = PaxHeader("path", "pickle").data + PaxHeader("size", size).data;
  EXPECT_EQ(
      ElementsOf(BuildTar({parts[0], {"././@PaxHeader", record, 'x'}, longer, parts[2], parts[3]}),
                 "a/1"),
      "0123456789ABCDEF");
}

TEST_F(TarFileTest, GivesTheSameReferenceForTheSameNumber) {
  TarCheckpoint checkpoint;
  const std::string reference = pk::Int(1) + "Q";
  checkpoint.value = pk::Done(pk::List(reference + reference));
  Convert(BuildTar(checkpoint.Parts()));
  EXPECT_EQ(Reader::Open(scratch_ / "out.stone").tensor_count(), 1u);
}

TEST_F(TarFileTest, NeverUnpacksAMember) {
  for (const char* name : {"../escaped", "/tmp/statestone-escaped", "./sys_info", "pickle/",
                           "sys_info/../../x", "..", ""}) {
    std::vector<TarPart> parts = TarCheckpoint().Parts();
    parts.push_back({name, "data"});
    ExpectPartsRefused(parts, kCorrupt, "a member that no checkpoint has");
    parts = TarCheckpoint().Parts();
    parts.push_back(PaxHeader("path", name));
    parts.push_back({"pickle", "data"});
    ExpectPartsRefused(parts, kCorrupt, "a member that no checkpoint has");
  }
  EXPECT_FALSE(std::filesystem::exists(scratch_ / "../escaped"));
  EXPECT_FALSE(std::filesystem::exists("/tmp/statestone-escaped"));
}

TEST_F(TarFileTest, RefusesLinksAndOtherThingsThatAreNoFiles) {
  const std::vector<std::pair<char, std::string>> kinds = {
      {'1', "a hard link"}, {'2', "a symbolic link"}, {'3', "a device"},   {'5', "a directory"},
      {'6', "a FIFO"},      {'L', "of kind 76"},      {'g', "of kind 103"}};
  for (const auto& [kind, name] : kinds) {
    std::vector<TarPart> parts = TarCheckpoint().Parts();
    parts[1].kind = kind;
    parts[1].link = "/etc/passwd";
    ExpectPartsRefused(parts, kUnsupported, "the member pickle is no plain file: it is " + name);
  }
}

TEST_F(TarFileTest, RefusesMembersThatAreMissingOrTwice) {
  for (std::size_t i = 0; i < 4; ++i) {
    std::vector<TarPart> parts = TarCheckpoint().Parts();
    const std::string name = parts[i].name;
    parts.push_back(parts[i]);
    ExpectPartsRefused(parts, kCorrupt, "holds a member twice (found " + name + ")");
    parts.pop_back();
    parts.erase(parts.begin() + static_cast<std::ptrdiff_t>(i));
    ExpectPartsRefused(parts, kCorrupt, "lacks the member " + name);
  }
}

TEST_F(TarFileTest, RefusesSizesThatAreNone) {
  for (const std::string& size :
       {std::string("zz"), std::string("00000000008"), std::string("-0000000001"),
        std::string(12, '\0'), std::string("\x80\0\0\0\0\0\0\0\0\0\0\x01", 12),
        std::string("\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF", 12)}) {
    std::vector<TarPart> parts = TarCheckpoint().Parts();
    parts[3].size = size;
    ExpectPartsRefused(parts, kCorrupt, "the size of the member storages is no octal number");
  }
}

TEST_F(TarFileTest, RefusesSizesBeyondTheFile) {
  std::vector<TarPart> parts = TarCheckpoint().Parts();
  parts[3].size = "77777777777";
  ExpectPartsRefused(parts, kCorrupt, "it ends inside the member storages");
  for (const char* size : {"99999999", "9223372036854775807", "18446744073709551615"}) {
    parts = TarCheckpoint().Parts();
    parts.insert(parts.begin() + 3, PaxHeader("size", size));
    ExpectPartsRefused(parts, kCorrupt, "it ends inside the member storages");
  }
}

TEST_F(TarFileTest, RefusesMalformedExtendedHeaders) {
  for (const char* text : {"x", "5", "99 a=b\n", "7 a=bc\nx", "0 a=b\n", "6 a=b.", "6 abc\n",
                           "18446744073709551616 a=b\n", "11 size=-1\n", "12 size=1e9\n"}) {
    std::vector<TarPart> parts = TarCheckpoint().Parts();
    parts.insert(parts.begin() + 3, {"././@PaxHeader", text, 'x'});
    ExpectPartsRefused(parts, kCorrupt, "an extended header is malformed");
  }
  std::vector<TarPart> parts = TarCheckpoint().Parts();
  parts.insert(parts.begin() + 3, {"././@PaxHeader", std::string(70000, 'x'), 'x'});
  ExpectPartsRefused(parts, kCorrupt, "an extended header is malformed");
}

TEST_F(TarFileTest, RefusesAWrongSumOfAHeader) {
  std::vector<TarPart> parts = TarCheckpoint().Parts();
  parts[2].wrong_sum = true;
  ExpectPartsRefused(parts, kCorrupt, "the sum of a header is wrong");
}

TEST_F(TarFileTest, RefusesMoreMembersThanACheckpointHas) {
  std::vector<TarPart> parts(100, TarPart{"pickle", ""});
  ExpectPartsRefused(parts, kCorrupt, "it holds too many members (expected 64)");
}

TEST_F(TarFileTest, RefusesBytesBehindItsEndMark) {
  const std::string file = BuildTar(TarCheckpoint().Parts());
  EXPECT_EQ(ElementsOf(file + std::string(8192, '\0'), "a/1"), "0123456789ABCDEF");
  std::filesystem::remove(scratch_ / "out.stone");
  ExpectRefused(file + "x", kCorrupt, "", "bytes stand behind its end mark");
  ExpectRefused(file + std::string(2 << 20, '\0'), kCorrupt, "", "bytes stand behind its end mark");
}

TEST_F(TarFileTest, RefusesABigEndianSystemByName) {
  TarCheckpoint checkpoint;
  checkpoint.system = pk::Done(pk::Dict(pk::Text("little_endian") + "\x89"));
  ExpectCheckpointRefused(checkpoint, kUnsupported, "the checkpoint is big-endian");
}

TEST_F(TarFileTest, NeverRunsWhatAnyOfItsPicklesNames) {
  const std::string call =
      pk::Call(pk::Global("os", "system"), pk::Text("touch " + (scratch_ / "ran").string()));
  const std::vector<std::pair<std::string TarCheckpoint::*, std::string>> pickles = {
      {&TarCheckpoint::system, "the system it was saved on"},
      {&TarCheckpoint::storage_count, "the number of storages"},
      {&TarCheckpoint::storage, "a storage"},
      {&TarCheckpoint::views, "the parts of storages"},
      {&TarCheckpoint::tensor_count, "the number of tensors"},
      {&TarCheckpoint::tensor, "a tensor"}};
  for (const auto& [part, name] : pickles) {
    TarCheckpoint checkpoint;
    checkpoint.*part = pk::Done(call);
    ExpectCheckpointRefused(checkpoint, kUnsafe,
                            "the pickle of " + name + ": os.system is not on the list");
  }
  TarCheckpoint checkpoint;
  checkpoint.value = pk::Done(pk::Dict(pk::Text("a") + call));
  ExpectCheckpointRefused(checkpoint, kUnsafe, "os.system is not on the list", "a");
  EXPECT_FALSE(std::filesystem::exists(scratch_ / "ran"));
}

TEST_F(TarFileTest, RefusesNumbersOfElementsThatTheMemberHasNot) {
  TarCheckpoint checkpoint;
  for (const std::int64_t count : {std::int64_t{-1}, std::numeric_limits<std::int64_t>::min()}) {
    checkpoint.elements = count;
    ExpectCheckpointRefused(checkpoint, kCorrupt, "storage 5: its number of elements is not");
  }
  for (const std::int64_t count :
       {std::int64_t{1000}, std::int64_t{1} << 62, std::numeric_limits<std::int64_t>::max()}) {
    checkpoint.elements = count;
    ExpectCheckpointRefused(checkpoint, kCorrupt, "storage 5: the file ends before its last byte");
  }
}

TEST_F(TarFileTest, RefusesCountsThatAreNotThose) {
  TarCheckpoint checkpoint;
  for (const std::int32_t count : {0, -1}) {
    checkpoint.storage_count = pk::Done(pk::Int(count));
    ExpectCheckpointRefused(checkpoint, kCorrupt, "the parts of storages are described");
  }
  checkpoint.storage_count = pk::Done(pk::Int(2));
  ExpectCheckpointRefused(checkpoint, kCorrupt, "a storage is described in another way");
  checkpoint.storage_count = pk::Done("N");
  ExpectCheckpointRefused(checkpoint, kCorrupt, "the number of storages is no number");
  checkpoint = {};
  checkpoint.tensor_count = pk::Done(pk::Int(0));
  ExpectCheckpointRefused(checkpoint, kCorrupt, "bytes are left over in the member tensors");
  checkpoint.tensor_count = pk::Done(pk::Int(0x7FFFFFFF));
  ExpectCheckpointRefused(checkpoint, kCorrupt, "the pickle ends inside an object");
}

TEST_F(TarFileTest, RefusesBytesThatAreLeftOverInAMember) {
  for (std::size_t i = 0; i < 4; ++i) {
    std::vector<TarPart> parts = TarCheckpoint().Parts();
    parts[i].data += "N.";
    ExpectPartsRefused(parts, kCorrupt,
                       "bytes are left over in the member " + parts[i].name + " (found 2 bytes)");
  }
}

TEST_F(TarFileTest, RefusesStoragesThatAreNone) {
  TarCheckpoint checkpoint;
  checkpoint.storage =
      pk::Done(pk::Tuple(pk::Int(5) + pk::Text("cpu") + pk::Global("torch", "Size")));
  ExpectCheckpointRefused(checkpoint, kCorrupt, "a storage is of a class that is none");
  checkpoint.storage =
      pk::Done(pk::Tuple("N" + pk::Text("cpu") + pk::Global("torch", "FloatStorage")));
  ExpectCheckpointRefused(checkpoint, kCorrupt, "the number of a storage is no number");
}

TEST_F(TarFileTest, RefusesPartsOfStoragesThatAreNone) {
  const auto part = [](std::int32_t number, std::int32_t whole, std::int32_t first,
                       std::int32_t elements) {
    return pk::Tuple(pk::Int(number) + pk::Int(whole) + pk::Int(first) + pk::Int(elements));
  };
  TarCheckpoint checkpoint;
  checkpoint.views = pk::Done(pk::List(part(6, 7, 0, 1)));
  ExpectCheckpointRefused(checkpoint, kCorrupt, "one of a storage that is not there (found 7)");
  checkpoint.views = pk::Done(pk::List(part(6, 5, 0, 1) + part(7, 6, 0, 1)));
  ExpectCheckpointRefused(checkpoint, kCorrupt, "one of a storage that is not there (found 6)");
  for (const std::string& parts : {part(5, 5, 0, 1), part(6, 5, 0, -1)}) {
    checkpoint.views = pk::Done(pk::List(parts));
    ExpectCheckpointRefused(checkpoint, kCorrupt, "a part is described in another way");
  }
  checkpoint.tensor =
      pk::Done(pk::Tuple(pk::Int(1) + pk::Int(6) + pk::Global("torch", "FloatTensor")));
  checkpoint.views = pk::Done(pk::List(part(6, 5, 2, 3)));
  ExpectCheckpointRefused(checkpoint, kCorrupt, "a view reaches outside of its storage", "a/1");
  checkpoint.views = pk::Done(pk::List(part(6, 5, -1, 3)));
  ExpectCheckpointRefused(checkpoint, kCorrupt, "its first element is negative", "a/1");
}

TEST_F(TarFileTest, RefusesTensorsThatAreNone) {
  TarCheckpoint checkpoint;
  checkpoint.tensor =
      pk::Done(pk::Tuple(pk::Int(1) + pk::Int(6) + pk::Global("torch", "FloatTensor")));
  ExpectCheckpointRefused(checkpoint, kCorrupt, "a tensor's storage is not there (found 6)");
  checkpoint.tensor =
      pk::Done(pk::Tuple(pk::Int(1) + pk::Int(5) + pk::Global("torch", "IntTensor")));
  ExpectCheckpointRefused(checkpoint, kCorrupt, "not of its storage's dtype (found torch.Int");
  checkpoint = {};
  for (const std::int32_t dims : {-1, 100, std::numeric_limits<std::int32_t>::max()}) {
    checkpoint.dims = dims;
    ExpectCheckpointRefused(checkpoint, kCorrupt, "another number of dimensions");
  }
  checkpoint = {};
  checkpoint.geometry = Bytes(std::int64_t{5}) + Bytes(std::int64_t{1}) + Bytes(std::int64_t{0});
  ExpectCheckpointRefused(checkpoint, kCorrupt, "reaches outside of its storage", "a/1");
  checkpoint.geometry = Bytes(std::int64_t{-1}) + Bytes(std::int64_t{1}) + Bytes(std::int64_t{0});
  ExpectCheckpointRefused(checkpoint, kCorrupt, "a dimension is negative", "a/1");
  checkpoint = {};
  checkpoint.tensor_count = pk::Done(pk::Int(2));
  checkpoint.geometry += checkpoint.tensor + Bytes(std::int64_t{0}) + Bytes(std::int64_t{0});
  ExpectCheckpointRefused(checkpoint, kCorrupt, "a tensor stands in the file twice (found 1)");
}

TEST_F(TarFileTest, RefusesReferencesToNothing) {
  TarCheckpoint checkpoint;
  checkpoint.value = pk::Done(pk::Dict(pk::Text("a") + pk::Int(99) + "Q"));
  ExpectCheckpointRefused(checkpoint, kCorrupt, "that the file does not hold (found 99)");
  checkpoint.value = pk::Done(pk::Dict(pk::Text("a") + pk::Int(5) + "Q"));
  ExpectCheckpointRefused(checkpoint, ErrorCode::kUnrepresentable, "a storage by itself", "a");
  checkpoint.value = pk::Done(pk::SmallTensor());
  ExpectCheckpointRefused(checkpoint, kCorrupt, "does not write (expected a number)");
}

// Its first header tells what it is: what is shorter is no file of torch.
TEST_F(TarFileTest, IsRefusedWhenCutAnywhere) {
  const std::string good = BuildTar(TarCheckpoint().Parts());
  for (std::size_t size = 0; size < good.size(); ++size) {
    const Error error = faults::ErrorOf([&] { Convert(good.substr(0, size)); });
    const ErrorCode expected = size < 512 ? ErrorCode::kInvalidArgument : kCorrupt;
    EXPECT_EQ(Name(error.code()), Name(expected)) << size << ": " << error.what();
    EXPECT_EQ(error.fields().path, (scratch_ / "in.pt").string()) << size;
    EXPECT_EQ(error.fields().offset.has_value(), size >= 512) << size << ": " << error.what();
  }
  EXPECT_EQ(scratch_.Names(), std::vector<std::string>{"in.pt"});
}

// Cut inside a member, with the headers as they were: the size that a header tells.
TEST_F(TarFileTest, RefusesMembersThatAreCutAnywhere) {
  const std::vector<TarPart> good = TarCheckpoint().Parts();
  for (std::size_t i = 0; i < good.size(); ++i) {
    for (std::size_t size = 0; size < good[i].data.size(); ++size) {
      std::vector<TarPart> parts = good;
      parts[i].data.resize(size);
      const Error error = faults::ErrorOf([&] { Convert(BuildTar(parts)); });
      EXPECT_EQ(Name(error.code()), Name(kCorrupt)) << i << ", " << size << ": " << error.what();
      EXPECT_FALSE(error.fields().problem.empty());
    }
  }
  EXPECT_EQ(scratch_.Names(), std::vector<std::string>{"in.pt"});
}

}  // namespace
}  // namespace statestone
