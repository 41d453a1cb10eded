#include <set>

#include "tests/codec/append/append_fixture.h"

namespace statestone::testing {
namespace {

AppendSummary PutLayers(const std::filesystem::path& path, const AppendOptions& options,
                        const std::vector<std::vector<std::uint16_t>>& layers) {
  Appender appender = Appender::Open(path, options);
  const ModelInfo info = appender.before().ReadModel("model");
  appender.PutModel("model", {.scope = AddLayers(appender, layers),
                              .architecture = info.architecture,
                              .config = info.config,
                              .training = info.training});
  return appender.Finish();
}

TEST_F(AppendTest, WritesNothingOfAModelThatDidNotChange) {
  const AppendSummary summary = PutLayers(path_, Options(), layers_);
  EXPECT_EQ(summary.chunks_written, 0u);
  EXPECT_LT(summary.added_bytes, 8192u);
  Reader::Open(path_).Verify();
}

TEST_F(AppendTest, WritesTheChunksOfTheOneLayerThatChanged) {
  layers_[2] = WeightsBFloat16(layers_[2].size(), 77);
  const AppendSummary summary = PutLayers(path_, Options(), layers_);
  EXPECT_EQ(summary.chunks_written, 10u);  // 5 * 8192 units in chunks of 4096
  const Reader reader = Reader::Open(path_);
  EXPECT_EQ(reader.Read(reader.FindTensor("model/layers.2.weight").value()), BytesOf(layers_[2]));
  EXPECT_EQ(reader.Read(reader.FindTensor("model/layers.1.weight").value()), BytesOf(layers_[1]));
  reader.Verify();
}

TEST_F(AppendTest, WritesTheOneChunkOfALayerInWhichOneElementChanged) {
  layers_[1][3 * 4096 + 5] ^= 1;
  const AppendSummary summary = PutLayers(path_, Options(), layers_);
  EXPECT_EQ(summary.chunks_written, 1u);
  const Reader reader = Reader::Open(path_);
  EXPECT_EQ(reader.Read(reader.FindTensor("model/layers.1.weight").value()), BytesOf(layers_[1]));
  reader.Verify();
  EXPECT_EQ(Reader::Open(path_, {.generation = 1})
                .Read(reader.FindTensor("model/layers.1.weight").value())
                .size(),
            layers_[1].size() * 2);
}

TEST_F(AppendTest, WritesTheFirstChunkAloneToo) {
  layers_[1][5] ^= 1;
  EXPECT_EQ(PutLayers(path_, Options(), layers_).chunks_written, 1u);
  Reader::Open(path_).Verify();
}

TEST_F(AppendTest, KeepsRawTensorsWholeOrNotAtAll) {
  SaveRun(path_, layers_, SmallChunks(Compression::kNone));
  const AppendOptions options{.write = SmallChunks(Compression::kNone)};
  layers_[1][5 * 4096] ^= 1;
  EXPECT_EQ(PutLayers(path_, options, layers_).chunks_written, 10u);
  EXPECT_EQ(PutLayers(path_, options, layers_).chunks_written, 0u);
  const Reader reader = Reader::Open(path_);
  EXPECT_TRUE(reader.ViewInPlace(reader.FindTensor("model/layers.1.weight").value()));
  reader.Verify();
}

TEST_F(AppendTest, NeverSharesBySumAlone) {
  // The counterpart has the size and the place, but other bytes in every chunk.
  const AppendSummary summary = PutLayers(path_, Options(), Layers(5));
  EXPECT_EQ(summary.chunks_written, 40u);
  const Reader reader = Reader::Open(path_);
  const auto layers = Layers(5);
  EXPECT_EQ(reader.Read(reader.FindTensor("model/layers.0.weight").value()), BytesOf(layers[0]));
}

TEST_F(AppendTest, WritesWhatIsDamagedInTheGenerationBeforeAnew) {
  std::string file = Whole();
  const Reader reader = Reader::Open(path_);
  const std::uint32_t storage =
      reader.tensor(reader.FindTensor("model/layers.0.weight").value()).storage;
  ASSERT_EQ(storage, 0u);
  file[64 + 100] = static_cast<char>(file[64 + 100] ^ 1);  // in the first chunk
  faults::WriteWhole(path_, file);
  const AppendSummary summary = PutLayers(path_, Options(), layers_);
  EXPECT_EQ(summary.chunks_written, 1u);
  const Reader now = Reader::Open(path_);
  EXPECT_EQ(now.Read(now.FindTensor("model/layers.0.weight").value()), BytesOf(layers_[0]));
}

TEST_F(AppendTest, SharesChunksOfTensorsThatComeInPieces) {
  Appender appender = Appender::Open(path_, Options());
  const ScopeRef scope = appender.AddScope();
  for (std::size_t i = 0; i < layers_.size(); ++i) {
    TensorSource source = Source("layers." + std::to_string(i) + ".weight", DType::kBFloat16,
                                 {layers_[i].size()}, layers_[i]);
    source.pieces = [bytes = BytesOf(layers_[i])](std::uint64_t offset, std::span<std::byte> out) {
      std::memcpy(out.data(), bytes.data() + offset, out.size());
    };
    source.data = nullptr;
    appender.AddTensor(scope, std::move(source));
  }
  appender.PutModel("model", {.scope = scope});
  EXPECT_EQ(appender.Finish().chunks_written, 0u);
}

// An attachment that does not shrink, in pieces that may be read in order, once.
AppendSummary PutRaw(const std::filesystem::path& path, const AppendOptions& options,
                     const std::vector<std::byte>& bytes) {
  Appender appender = Appender::Open(path, options);
  appender.PutAttachment("data",
                         {.bytes = bytes.size(),
                          .pieces = [&, next = std::uint64_t{0}](std::uint64_t offset,
                                                                 std::span<std::byte> out) mutable {
                            EXPECT_EQ(offset, next);
                            next += out.size();
                            std::memcpy(out.data(), bytes.data() + offset, out.size());
                          }});
  return appender.Finish();
}

// As an attachment; over 1 MiB, where raw bytes start at a page.
std::vector<std::byte> ReadRaw(const std::filesystem::path& path) {
  const Reader reader = Reader::Open(path);
  const AttachmentInfo info = reader.attachment("data");
  EXPECT_EQ(reader.storage(info.storage).layout, StorageLayout::kRaw);
  reader.Verify();
  std::vector<std::byte> bytes(info.bytes);
  reader.ReadStorage(info.storage, bytes);
  return bytes;
}

TEST_F(AppendTest, WritesNothingOfWhatComesInPiecesAndIsStoredRawInManyChunks) {
  const auto bytes = RandomBytes((1 << 20) + 100, 4);
  EXPECT_EQ(PutRaw(path_, Options(), bytes).chunks_written, 257u);
  for (const std::size_t threads : {1, 3}) {
    AppendOptions options = Options();
    options.write.threads = threads;
    const AppendSummary again = PutRaw(path_, options, bytes);
    EXPECT_EQ(again.chunks_written, 0u);
    EXPECT_LT(again.added_bytes, 16384u);
  }
  EXPECT_EQ(ReadRaw(path_), bytes);
}

TEST_F(AppendTest, WritesAllOfWhatIsStoredRawOnceOneOfItsChunksDiffers) {
  auto bytes = RandomBytes((1 << 20) + 100, 4);
  PutRaw(path_, Options(), bytes);
  for (const std::size_t changed : {std::size_t{0}, std::size_t{300'000}, bytes.size() - 1}) {
    for (const std::size_t threads : {1, 3}) {
      SCOPED_TRACE(changed);
      bytes[changed] ^= std::byte{1};
      AppendOptions options = Options();
      options.write.threads = threads;
      EXPECT_EQ(PutRaw(path_, options, bytes).chunks_written, 257u);
      EXPECT_EQ(ReadRaw(path_), bytes);
    }
  }
  // And keeps what stands before it and behind it.
  EXPECT_EQ(PutRaw(path_, Options(), bytes).chunks_written, 0u);
}

TEST_F(AppendTest, SharesAnAttachmentOfTheSameName) {
  const auto bytes = RandomBytes(300'000, 8);
  const auto put = [&] {
    Appender appender = Appender::Open(path_, Options());
    appender.PutAttachment("program", {.bytes = bytes.size(), .data = bytes.data()});
    return appender.Finish();
  };
  EXPECT_GT(put().chunks_written, 0u);
  EXPECT_EQ(put().chunks_written, 0u);
}

}  // namespace
}  // namespace statestone::testing
