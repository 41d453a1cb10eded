#include "interop/walk/opened_checkpoint.h"

#include <gtest/gtest.h>

#include <map>

#include "statestone/export.h"
#include "tests/faults/error_of.h"
#include "tests/faults/scratch_directory.h"
#include "tests/interop/transform/described.h"

namespace statestone::walk {
namespace {

using faults::ErrorOf;
using Paths = std::vector<std::string>;

std::vector<float> Counting(std::size_t count) {
  std::vector<float> numbers(count);
  for (std::size_t i = 0; i < count; ++i) numbers[i] = static_cast<float>(i);
  return numbers;
}

Paths PathsOf(const OpenedCheckpoint& file) {
  Paths paths;
  for (const OpenedTensor& tensor : file.tensors()) paths.push_back(tensor.path);
  return paths;
}

std::vector<std::byte> ReadAll(const OpenedCheckpoint& file, std::uint32_t tensor) {
  std::vector<std::byte> bytes(file.tensors()[tensor].bytes);
  const TensorPiece piece{tensor, 0, bytes};
  file.Read({&piece, 1});
  return bytes;
}

std::vector<std::byte> ReadPart(const OpenedCheckpoint& file, std::uint32_t tensor,
                                std::uint64_t offset, std::uint64_t size) {
  std::vector<std::byte> bytes(size);
  const TensorPiece piece{tensor, offset, bytes};
  file.Read({&piece, 1});
  return bytes;
}

std::vector<std::byte> BytesOf(const std::vector<float>& numbers) {
  const auto bytes = std::as_bytes(std::span(numbers));
  return {bytes.begin(), bytes.end()};
}

class OpenedCheckpointTest : public testing::Test {
 protected:
  // A list with a tensor before a model whose second tensor is a turned view of the first, a dict
  // with an empty tensor, an attachment: 10000 float32 in chunks of 1024.
  OpenedCheckpointTest() {
    Checkpoint run;
    run.AddValue("list", Value::List({Value::Tensor(run.AddAnonymousTensor(Floats("", {7})))}));
    const ScopeRef scope = run.AddScope();
    TensorSource weight = Floats("weight", Counting(10000));
    weight.shape = {100, 100};
    weight.kind = TensorKind::kParameter;
    weight.requires_grad = true;
    TensorSource turned = weight;
    turned.name = "turned";
    turned.strides = {1, 100};
    TensorSource tail = weight;
    tail.name = "tail";
    tail.shape = {5000};
    tail.data = static_cast<const float*>(weight.data) + 5000;
    run.AddTensor(scope, weight);
    run.AddTensor(scope, turned);
    run.AddTensor(scope, tail);
    run.AddModel("model", {.scope = scope, .architecture = "net"});
    run.AddAttachment("a/b", {.bytes = 5000,
                              .data = static_cast<const std::byte*>(weight.data),
                              .owner = weight.owner,
                              .media_type = "text/plain"});
    const ScopeRef dict = run.AddScope();
    run.AddTensor(dict, {.name = "none", .dtype = DType::kInt64, .shape = {3, 0}});
    run.AddTensor(dict, Elements<std::int16_t>("int", DType::kInt16, {1, -2}));
    run.AddValue("dict", Value::TensorDict(dict));
    WriteOptions options;
    options.chunk_units_log2 = 10;
    SaveCheckpoint(run, stone_, options);
  }

  std::uint32_t Find(const OpenedCheckpoint& file, const std::string& path) const {
    const Paths paths = PathsOf(file);
    return static_cast<std::uint32_t>(std::find(paths.begin(), paths.end(), path) - paths.begin());
  }

  const faults::ScratchDirectory scratch_;
  const std::filesystem::path stone_ = scratch_ / "run.stone";
};

TEST_F(OpenedCheckpointTest, ListsScopeByScopeThenOthersThenAttachments) {
  const auto file = OpenedCheckpoint::Open(stone_, {});
  EXPECT_EQ(PathsOf(*file), (Paths{"model/weight", "model/turned", "model/tail", "dict/none",
                                   "dict/int", "list/0", R"(a\/b)"}));
  EXPECT_EQ(file->path(), stone_.string());
  EXPECT_EQ(file->kind(), FileKind::kStone);
  EXPECT_EQ(file->file_bytes(), std::filesystem::file_size(stone_));
  EXPECT_TRUE(file->skipped().empty());
  const OpenedTensor& weight = file->tensors()[0];
  EXPECT_EQ(weight.shape, (std::vector<std::uint64_t>{100, 100}));
  EXPECT_EQ(weight.bytes, 40000);
  EXPECT_EQ(weight.kind, TensorKind::kParameter);
  EXPECT_TRUE(weight.requires_grad);
  EXPECT_EQ(weight.tie_group, 1);
  EXPECT_EQ(file->tensors()[4].tie_group, 0);
  const OpenedTensor& attachment = file->tensors()[6];
  EXPECT_TRUE(attachment.attachment);
  EXPECT_EQ(attachment.dtype, DType::kUInt8);
  EXPECT_EQ(attachment.shape, std::vector<std::uint64_t>{5000});
}

TEST_F(OpenedCheckpointTest, ReferencesInItsValuesAreToItsTensorPaths) {
  for (const auto& file : {OpenStone(stone_, {}), OpenDescribed(stone_, {})}) {
    const auto& list = std::get<Value>(file->entries()[0].body);
    EXPECT_EQ(file->tensor_paths()[list.items()[0].AsTensor().index], "list/0");
    EXPECT_EQ(std::get<ModelSource>(file->entries()[1].body).architecture, "net");
    EXPECT_EQ(std::get<AttachmentSource>(file->entries()[2].body).media_type, "text/plain");
  }
}

TEST_F(OpenedCheckpointTest, ReaderAndDescriptionListAndReadTheSame) {
  const auto reader = OpenStone(stone_, {});
  const auto description = OpenDescribed(stone_, {});
  ASSERT_EQ(PathsOf(*reader), PathsOf(*description));
  for (std::uint32_t i = 0; i < reader->tensors().size(); ++i) {
    const OpenedTensor& a = reader->tensors()[i];
    const OpenedTensor& b = description->tensors()[i];
    EXPECT_EQ(a.dtype, b.dtype) << a.path;
    EXPECT_EQ(a.shape, b.shape) << a.path;
    EXPECT_EQ(a.bytes, b.bytes) << a.path;
    EXPECT_EQ(a.kind, b.kind) << a.path;
    EXPECT_EQ(a.requires_grad, b.requires_grad) << a.path;
    EXPECT_EQ(a.tie_group, b.tie_group) << a.path;
    EXPECT_EQ(a.attachment, b.attachment) << a.path;
    EXPECT_EQ(ReadAll(*reader, i), ReadAll(*description, i)) << a.path;
  }
}

TEST_F(OpenedCheckpointTest, ReadsElementsInRowMajorOrderFromAnyPlaceOn) {
  const auto file = OpenedCheckpoint::Open(stone_, {});
  const std::vector<float> all = Counting(10000);
  const std::vector<float> middle(all.begin() + 6000, all.begin() + 9000);
  EXPECT_EQ(ReadAll(*file, Find(*file, "model/weight")), BytesOf(all));
  EXPECT_EQ(ReadPart(*file, Find(*file, "model/weight"), 24000, 12000), BytesOf(middle));
  EXPECT_EQ(ReadPart(*file, Find(*file, "model/tail"), 4000, 12000), BytesOf(middle));
  const auto turned = ReadAll(*file, Find(*file, "model/turned"));
  EXPECT_EQ(std::vector(turned.begin(), turned.begin() + 12), BytesOf({0, 100, 200}));
  const std::vector<float> attached(all.begin() + 250, all.begin() + 500);
  EXPECT_EQ(ReadPart(*file, Find(*file, R"(a\/b)"), 1000, 1000), BytesOf(attached));
}

TEST_F(OpenedCheckpointTest, SaysHowTensorsOfAStoneFileAreReadBest) {
  const auto file = OpenedCheckpoint::Open(stone_, {});
  const OpenedTensor& weight = file->tensors()[Find(*file, "model/weight")];
  const OpenedTensor& tail = file->tensors()[Find(*file, "model/tail")];
  EXPECT_EQ(weight.granule, 4096);
  EXPECT_EQ(weight.first_granule, 0);
  EXPECT_EQ(tail.granule, 4096);
  EXPECT_EQ(tail.first_granule, 5 * 4096 - 20000) << "up to the next border of chunks";
  EXPECT_GT(tail.position, weight.position);
  EXPECT_EQ(file->tensors()[Find(*file, "model/turned")].granule, 40000) << "read whole";
  for (std::uint32_t i = 0; i < file->tensors().size(); ++i) {
    EXPECT_TRUE(file->ReadsAnywhere(i));
    EXPECT_FALSE(file->InPlace(i, 0, 0));
  }
}

TEST_F(OpenedCheckpointTest, DescriptionsReadInPlaceWhatLiesInMemoryInOrder) {
  const auto file = OpenDescribed(stone_, {});
  const std::uint32_t tail = Find(*file, "model/tail");
  ASSERT_TRUE(file->ReadsAnywhere(tail)) << "tied tensors are held in memory";
  const auto place = file->InPlace(tail, 4000, 8);
  ASSERT_TRUE(place);
  EXPECT_EQ(std::vector(place->begin(), place->end()), BytesOf({6000, 6001}));
  const std::uint32_t turned = Find(*file, "model/turned");
  EXPECT_TRUE(file->ReadsAnywhere(turned));
  EXPECT_FALSE(file->InPlace(turned, 0, 4)) << "its rows do not lie in order";
  const std::uint32_t alone = Find(*file, "dict/int");
  EXPECT_FALSE(file->ReadsAnywhere(alone)) << "it comes in pieces";
  EXPECT_FALSE(file->InPlace(alone, 0, 2));
  const std::uint32_t attachment = Find(*file, R"(a\/b)");
  EXPECT_FALSE(file->ReadsAnywhere(attachment));
  EXPECT_FALSE(file->InPlace(attachment, 0, 2));
}

TEST_F(OpenedCheckpointTest, OpensOtherKindsByTheirBytes) {
  Checkpoint weights;
  weights.AddValue("", Value::TensorDict(AddNames(weights, {"a", "b"})));
  for (const FileKind kind : {FileKind::kSafetensors, FileKind::kNumpyZip, FileKind::kPtZip}) {
    ExportCheckpoint(weights, scratch_ / "weights", kind);
    const auto file = OpenedCheckpoint::Open(scratch_ / "weights", {});
    EXPECT_EQ(file->kind(), kind);
    EXPECT_EQ(PathsOf(*file), (Paths{"a", "b"})) << Name(kind);
    EXPECT_EQ(ReadAll(*file, 1), BytesOf({2})) << Name(kind);
    EXPECT_EQ(file->file_bytes(), std::filesystem::file_size(scratch_ / "weights"));
  }
}

TEST_F(OpenedCheckpointTest, NamesFileAndEntryOfADamagedTensorOrAttachment) {
  std::map<std::string, std::vector<std::byte>> before;
  {
    const auto file = OpenStone(stone_, {});
    for (std::uint32_t i = 0; i < file->tensors().size(); ++i) {
      before[file->tensors()[i].path] = ReadAll(*file, i);
    }
  }
  // All of the payload: the index stays, so the file opens.
  std::string bytes = faults::ReadWhole(stone_);
  const Reader reader = Reader::Open(stone_);
  std::uint64_t stored = 0;
  for (std::uint32_t i = 0; i < reader.storage_count(); ++i) {
    stored += reader.storage(i).stored_bytes;
  }
  for (std::uint64_t i = 64; i < 64 + stored; ++i) bytes[i] = static_cast<char>(bytes[i] ^ 0x55);
  faults::WriteWhole(scratch_ / "damaged.stone", bytes);
  const std::string path = (scratch_ / "damaged.stone").string();
  for (const auto& file : {OpenStone(path, {})}) {
    for (const char* entry : {"model/weight", "model/turned", R"(a\/b)"}) {
      const Error whole = ErrorOf([&] { ReadAll(*file, Find(*file, entry)); });
      EXPECT_EQ(whole.code(), ErrorCode::kCorrupt) << entry;
      EXPECT_EQ(whole.fields().path, path);
      EXPECT_EQ(whole.fields().entry, entry);
      EXPECT_TRUE(whole.fields().chunk.has_value()) << entry;
    }
    const Error part = ErrorOf([&] { ReadPart(*file, Find(*file, "model/tail"), 8, 8); });
    EXPECT_EQ(part.code(), ErrorCode::kCorrupt);
    EXPECT_EQ(part.fields().entry, "model/tail");
  }
}

TEST_F(OpenedCheckpointTest, NamesFileAndEntryWhereADescriptionCannotBeRead) {
  Checkpoint weights;
  weights.AddValue("", Value::TensorDict(AddNames(weights, {"a", "b"})));
  const auto path = scratch_ / "weights.safetensors";
  ExportCheckpoint(weights, path, FileKind::kSafetensors);
  const auto file = OpenedCheckpoint::Open(path, {});
  std::filesystem::resize_file(path, std::filesystem::file_size(path) - 2);
  const Error error = ErrorOf([&] { ReadAll(*file, 1); });
  EXPECT_EQ(error.code(), ErrorCode::kIncomplete) << error.what();
  EXPECT_EQ(error.fields().path, path.string());
  EXPECT_EQ(error.fields().entry, "b");
}

TEST_F(OpenedCheckpointTest, RefusesWhatIsNotThereOrNoCheckpoint) {
  const Error missing = ErrorOf([&] { OpenedCheckpoint::Open(scratch_ / "none", {}); });
  EXPECT_EQ(missing.code(), ErrorCode::kIo);
  EXPECT_EQ(missing.fields().path, (scratch_ / "none").string());
  faults::WriteWhole(scratch_ / "notes", "not a checkpoint");
  const Error notes = ErrorOf([&] { OpenedCheckpoint::Open(scratch_ / "notes", {}); });
  EXPECT_EQ(notes.code(), ErrorCode::kUnsupported);
  EXPECT_EQ(notes.fields().path, (scratch_ / "notes").string());
  EXPECT_EQ(ErrorOf([&] { OpenedCheckpoint::Open(scratch_.path(), {}); }).code(),
            ErrorCode::kInvalidArgument);
}

TEST_F(OpenedCheckpointTest, RefusesTensorsAndEntriesOfTheFutureByName) {
  const std::filesystem::path folder = std::filesystem::path(STATESTONE_TEST_DATA) / "unsupported";
  const Error dtype =
      ErrorOf([&] { OpenedCheckpoint::Open(folder / "foreign_dtype_200.stone", {}); });
  EXPECT_EQ(dtype.code(), ErrorCode::kUnsupported);
  EXPECT_EQ(dtype.fields().path, (folder / "foreign_dtype_200.stone").string());
  EXPECT_NE(dtype.fields().entry, "");
  EXPECT_TRUE(dtype.fields().found.starts_with("dtype ")) << dtype.what();
  const Error entry = ErrorOf([&] { OpenedCheckpoint::Open(folder / "entry_kind_255.stone", {}); });
  EXPECT_EQ(entry.code(), ErrorCode::kUnsupported);
  EXPECT_NE(entry.fields().entry, "");
  EXPECT_EQ(entry.fields().found, "an entry of a newer kind");
}

}  // namespace
}  // namespace statestone::walk
