// The zip container: forms that are rare and fine, and those that are wrong.
#include "tests/interop/hostile_fixture.h"

namespace statestone {
namespace {

constexpr ErrorCode kCorrupt = ErrorCode::kCorrupt;
constexpr ErrorCode kUnsupported = ErrorCode::kUnsupported;
constexpr ErrorCode kInvalid = ErrorCode::kInvalidArgument;

class ZipContainerTest : public HandMadePtTest {
 protected:
  static std::string Pickle() { return pk::Done(pk::Dict(pk::Text("x") + pk::SmallTensor())); }
  static std::vector<ZipPart> Parts(const std::string& folder = "archive/") {
    return CheckpointParts(Pickle(), folder);
  }

  void ExpectTensor(const std::string& file) {
    Convert(file);
    const Reader reader = Reader::Open(scratch_ / "out.stone");
    ASSERT_EQ(reader.tensor_count(), 1u);
    const auto bytes = reader.Read(TensorRef{0});
    EXPECT_EQ(std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size()),
              "0123456789abcdef");
    std::filesystem::remove(scratch_ / "out.stone");
    EXPECT_EQ(scratch_.Names(), std::vector<std::string>{"in.pt"});
  }
};

TEST_F(ZipContainerTest, ReadsEveryForm) {
  ExpectTensor(BuildZip(Parts()));
  ExpectTensor(BuildZip(Parts(), /*reversed=*/true));
  ExpectTensor(BuildZip(Parts(), false, /*zip64_end=*/true));
  ExpectTensor(BuildZip(Parts("any name at all/")));
  ExpectTensor(BuildZip(Parts("")));
  for (auto member : {&ZipPart::deflate, &ZipPart::zip64, &ZipPart::descriptor}) {
    auto parts = Parts();
    for (ZipPart& part : parts) part.*member = true;
    ExpectTensor(BuildZip(parts));
    for (ZipPart& part : parts) part.descriptor = true;
    ExpectTensor(BuildZip(parts, true, true));
  }
}

TEST_F(ZipContainerTest, ReadsRecordsInAnyOrderInTheFile) {
  auto parts = Parts();
  std::swap(parts[0], parts[2]);
  ExpectTensor(BuildZip(parts));
}

TEST_F(ZipContainerTest, IgnoresEntriesThatAreNotItsOwn) {
  auto parts = Parts();
  parts.push_back({.name = "../../etc/passwd", .data = "x"});
  parts.push_back({.name = "/absolute", .data = "y"});
  parts.push_back({.name = "archive/", .data = ""});
  ExpectTensor(BuildZip(parts));
}

TEST_F(ZipContainerTest, ReadsRecordsWithoutSums) {
  auto parts = Parts();
  for (ZipPart& part : parts) part.sum = 0;
  ExpectTensor(BuildZip(parts));
}

TEST_F(ZipContainerTest, RefusesTwoEntriesOfOneName) {
  auto parts = Parts();
  parts.push_back(parts[2]);
  ExpectRefused(BuildZip(parts), kCorrupt, "", "zip entry archive/data/0: it is there twice");
}

TEST_F(ZipContainerTest, RefusesTwoCheckpoints) {
  auto parts = Parts();
  parts.push_back({.name = "other/data.pkl", .data = "N."});
  ExpectRefused(BuildZip(parts), kCorrupt, "", "two checkpoints");
}

TEST_F(ZipContainerTest, RefusesEncryptionSplitArchivesAndOtherMethods) {
  auto parts = Parts();
  parts[2].flags = 1;
  ExpectRefused(BuildZip(parts), kUnsupported, "", "archive/data/0: encrypted");
  parts[2].flags = 0;
  parts[2].disk = 3;
  ExpectRefused(BuildZip(parts), kUnsupported, "", "split over several files");
  parts[2].disk = 0;
  parts[2].method = 12;
  ExpectRefused(BuildZip(parts), kUnsupported, "", "compression method 12");
}

TEST_F(ZipContainerTest, RefusesADamagedRecordByItsSum) {
  for (const std::size_t i : {0u, 1u, 2u, 3u}) {
    for (const bool deflate : {false, true}) {
      auto parts = Parts();
      parts[i].sum = 0x12345678;
      parts[i].deflate = deflate;
      ExpectRefused(BuildZip(parts), kCorrupt, i == 2 && !deflate ? "x" : "",
                    parts[i].name + ": CRC-32 mismatch");
    }
  }
}

TEST_F(ZipContainerTest, RefusesADamagedRecordThatIsReadInPlace) {
  auto parts = CheckpointParts(pk::Done(pk::List(pk::SmallTensor() + pk::SmallTensor())));
  parts[2].sum = 0x12345678;
  ExpectRefused(BuildZip(parts), kCorrupt, "", "archive/data/0: CRC-32 mismatch");
}

TEST_F(ZipContainerTest, RefusesSizesThatCannotBe) {
  auto parts = Parts();
  parts[2].declared_size = 17;
  ExpectRefused(BuildZip(parts), kCorrupt, "", "cannot have the size");
  parts[2].deflate = true;
  parts[2].declared_size = 20;
  ExpectRefused(BuildZip(parts), kCorrupt, "x", "not of its storage's size");
  parts[2].zip64 = true;
  parts[2].declared_size = std::uint64_t{1} << 50;
  ExpectRefused(BuildZip(parts), kCorrupt, "", "cannot have the size");
}

TEST_F(ZipContainerTest, StopsInflatingAtTheDeclaredSize) {
  auto parts = Parts();
  parts[2].deflate = true;
  parts[2].data = std::string(10 << 20, 'a');
  parts[2].declared_size = 16;
  ExpectRefused(BuildZip(parts), kCorrupt, "", "inflates to more than it says");
  parts[2].data = "short";
  ExpectRefused(BuildZip(parts), kCorrupt, "", "inflates to less than it says");
}

TEST_F(ZipContainerTest, RefusesDamagedDeflateData) {
  auto parts = Parts();
  parts[2].method = 8;  // and the data as it is
  ExpectRefused(BuildZip(parts), kCorrupt, "", "deflated data is damaged");
}

TEST_F(ZipContainerTest, RefusesWrongPlacesOfLocalHeaders) {
  for (const std::uint64_t offset : {1ull, 0x7FFFFFFFull, 0xFFFFFFF0ull}) {
    auto parts = Parts();
    parts[2].local_offset = offset;
    ExpectRefused(BuildZip(parts), kCorrupt, "", "no header of it is where the directory says");
  }
  auto parts = Parts();
  parts[2].zip64 = true;
  parts[2].local_offset = ~std::uint64_t{0} - 5;
  ExpectRefused(BuildZip(parts), kCorrupt, "", "no header of it is where the directory says");
}

TEST_F(ZipContainerTest, RefusesAnotherEntrysHeader) {
  auto parts = Parts();
  parts[2].local_name = "archive/data/1";
  ExpectRefused(BuildZip(parts), kCorrupt, "", "another entry's header");
}

TEST_F(ZipContainerTest, RefusesEntriesThatShareBytes) {
  // A second header of the same name inside the data of the first, as bombs do it.
  const std::string nested = BuildZip({{.name = "archive/data/1", .data = "0123456789abcdef"}});
  auto parts = Parts();
  parts.insert(parts.begin(), {.name = "archive/data/9", .data = nested});
  parts.push_back({.name = "archive/data/1", .data = "0123456789abcdef", .local_offset = 30 + 14});
  ExpectRefused(BuildZip(parts), kCorrupt, "", "shares bytes with another entry");
}

TEST_F(ZipContainerTest, RefusesBigEndianAndDamagedByteOrder) {
  auto parts = Parts();
  parts[1].data = "big";
  ExpectRefused(BuildZip(parts), kUnsupported, "", "big-endian");
  parts[1].data = "mixed";
  ExpectRefused(BuildZip(parts), kCorrupt, "", "byteorder is damaged");
  parts[1].data = std::string(100, 'x');
  ExpectRefused(BuildZip(parts), kCorrupt, "", "too large for what it is");
}

TEST_F(ZipContainerTest, RefusesNewerVersions) {
  auto parts = Parts();
  parts[3].data = "11\n";
  ExpectRefused(BuildZip(parts), kUnsupported, "", "newer version");
  parts[3].data = "three";
  ExpectRefused(BuildZip(parts), kCorrupt, "", "version holds no number");
}

TEST_F(ZipContainerTest, RefusesAnArchiveOfCode) {
  auto parts = Parts();
  parts.push_back({.name = "archive/code/__torch__.py", .data = "x"});
  ExpectRefused(BuildZip(parts), kUnsupported, "", "TorchScript archive");
  parts.back().name = "archive/constants.pkl";
  ExpectRefused(BuildZip(parts), kUnsupported, "", "TorchScript archive");
}

TEST_F(ZipContainerTest, SaysWhatOtherFilesAre) {
  ExpectRefused(BuildZip({{.name = "arr_0.npy", .data = "x"}}), kInvalid, "", "no checkpoint");
  ExpectRefused("", kInvalid, "", "an empty file");
  ExpectRefused("just some text", kInvalid, "", "a text file");
  ExpectRefused(std::string("\x80\x02N.", 4), kInvalid, "", "a pickle");
  ExpectRefused(Bytes(std::uint64_t{2}) + "{}", kInvalid, "", "a safetensors file");
  Convert(BuildZip(Parts()));
  const std::string stone = faults::ReadWhole(scratch_ / "out.stone");
  std::filesystem::remove(scratch_ / "out.stone");
  ExpectRefused(stone, kInvalid, "", "a Statestone file already");
}

TEST_F(ZipContainerTest, RecognizesFilesByTheirContent) {
  const auto recognize = [&](const std::string& contents) {
    faults::WriteWhole(scratch_ / "any", contents);
    return RecognizeFile(scratch_ / "any");
  };
  EXPECT_EQ(recognize(BuildZip(Parts())), FileKind::kPtZip);
  EXPECT_EQ(recognize(Bytes(std::uint64_t{2}) + "{}"), FileKind::kSafetensors);
  EXPECT_EQ(recognize(Bytes(std::uint64_t{9}) + "{}"), FileKind::kSafetensors);  // cut off
  EXPECT_EQ(recognize(Bytes(std::uint64_t{100'000'001}) + "{}"), FileKind::kUnknown);
  EXPECT_EQ(recognize("{ \"metadata\": {}"), FileKind::kSafetensorsIndex);
  EXPECT_EQ(recognize("\n{\"weight_map\":{}"), FileKind::kSafetensorsIndex);
  EXPECT_EQ(recognize("{\"weights\":{}}"), FileKind::kUnknown);
  EXPECT_EQ(recognize("{"), FileKind::kUnknown);
  EXPECT_EQ(recognize("\xD3STN\r\n\x1A\n"), FileKind::kStone);
  std::string tar = "storages" + std::string(249, '\0') + "ustar" + std::string(250, '\0');
  EXPECT_EQ(recognize(tar), FileKind::kPtLegacy);
  EXPECT_EQ(recognize(""), FileKind::kUnknown);
  EXPECT_EQ(Name(FileKind::kSafetensors), "safetensors file");
}

TEST_F(ZipContainerTest, StopsWhenAsked) {
  faults::WriteWhole(scratch_ / "in.pt", BuildZip(Parts()));
  std::stop_source stop;
  stop.request_stop();
  const Error error = faults::ErrorOf([&] {
    ConvertPt(scratch_ / "in.pt", scratch_ / "out.stone", {.write = {.stop = stop.get_token()}});
  });
  EXPECT_EQ(error.code(), ErrorCode::kCanceled);
  EXPECT_EQ(scratch_.Names(), std::vector<std::string>{"in.pt"});
}

TEST_F(ZipContainerTest, ReportsProgressToTheEnd) {
  faults::WriteWhole(scratch_ / "in.pt", BuildZip(Parts()));
  std::uint64_t last = 0;
  std::uint64_t all = 1;
  ConvertPt(scratch_ / "in.pt", scratch_ / "out.stone",
            {.write = {.progress = [&](std::uint64_t done, std::uint64_t total) {
               last = done;
               all = total;
             }}});
  EXPECT_EQ(last, all);
  EXPECT_EQ(all, 16u);
}

}  // namespace
}  // namespace statestone
