#include <fcntl.h>
#include <sys/file.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <thread>

#include "codec/file/file_system.h"
#include "statestone/copy.h"
#include "tests/codec/append/append_fixture.h"
#include "tests/codec/files/contents.h"
#include "tests/faults/error_of.h"

namespace statestone::testing {
namespace {

std::vector<std::string> EntryNames(const Reader& reader) {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < reader.entry_count(); ++i) names.emplace_back(reader.entry(i).name);
  return names;
}

TEST_F(AppendTest, LeavesEveryByteThatWasThereInItsPlace) {
  const std::string before = Whole();
  Appender appender = Appender::Open(path_, Options());
  appender.PutValue("epoch", 2);
  const AppendSummary summary = appender.Finish();
  const std::string after = Whole();
  EXPECT_EQ(after.substr(0, before.size()), before);
  EXPECT_EQ(after.size(), summary.file_bytes);
  EXPECT_EQ(summary.added_bytes, after.size() - before.size());
  EXPECT_EQ(summary.generation, 2u);
  EXPECT_EQ(summary.chunks_written, 0u);
}

TEST_F(AppendTest, ReplacesAnEntryInItsPlaceAndAddsNewOnesBehind) {
  Appender appender = Appender::Open(path_, Options());
  appender.PutValue("loss", 0.25);
  appender.PutValue("epoch", 2);
  appender.Finish();
  const Reader reader = Reader::Open(path_);
  EXPECT_EQ(EntryNames(reader),
            (std::vector<std::string>{"model", "epoch", "notes", "tokenizer", "loss"}));
  EXPECT_EQ(reader.ReadValue("epoch").AsInt(), 2);
  EXPECT_EQ(reader.ReadValue("loss").AsDouble(), 0.25);
  EXPECT_EQ(reader.generation(), 2u);
  EXPECT_EQ(reader.Verify().generations, 2u);
}

TEST_F(AppendTest, KeepsWhatItDoesNotChangeAsAReaderSeesIt) {
  const Reader old = Reader::Open(path_);
  const std::string contents = Contents(old);
  Appender::Open(path_, Options()).Finish();
  const Reader now = Reader::Open(path_);
  std::string expected = contents;
  // "1 " is the generation, behind the writer's name.
  expected.replace(expected.find(" 1 "), 3, " 2 ");
  EXPECT_EQ(Contents(now), expected);
  EXPECT_EQ(now.ContentDigest(), old.ContentDigest());
}

TEST_F(AppendTest, OpensEveryGenerationAsItWasThen) {
  std::vector<std::string> contents = {Contents(Reader::Open(path_))};
  for (int epoch = 2; epoch <= 4; ++epoch) {
    Appender appender = Appender::Open(path_, Options());
    appender.PutValue("epoch", epoch);
    if (epoch == 3) appender.RemoveEntry("notes");
    appender.Finish();
    contents.push_back(Contents(Reader::Open(path_)));
  }
  const Reader last = Reader::Open(path_);
  const auto generations = last.Generations();
  ASSERT_EQ(generations.size(), 4u);
  for (std::uint64_t n = 1; n <= 4; ++n) {
    EXPECT_EQ(Contents(Reader::Open(path_, {.generation = n})), contents[n - 1]);
    EXPECT_EQ(Contents(last.AtGeneration(n)), contents[n - 1]);
    EXPECT_EQ(last.AtGeneration(n).Verify().generations, n);
    EXPECT_EQ(generations[n - 1].generation, n);
    EXPECT_EQ(generations[n - 1].begin_offset, n == 1 ? 0 : generations[n - 2].end_offset);
  }
  EXPECT_EQ(generations.back().end_offset, last.file_bytes());
}

TEST_F(AppendTest, RenamesTensorsWithoutWritingThem) {
  const Reader old = Reader::Open(path_);
  const TensorRef layer = old.FindTensor("model/layers.1.weight").value();
  const std::vector<std::byte> bytes = old.Read(layer);
  Appender appender = Appender::Open(path_, Options());
  appender.RenameTensor(layer, "backbone.1.weight");
  appender.RenameTensor(old.FindTensor("model/head.weight").value(), "aaa.weight");
  EXPECT_EQ(appender.Finish().chunks_written, 0u);
  const Reader reader = Reader::Open(path_);
  EXPECT_FALSE(reader.FindTensor("model/layers.1.weight"));
  EXPECT_EQ(reader.Read(reader.FindTensor("model/backbone.1.weight").value()), bytes);
  // The order of insertion stays, and so does the tie.
  const auto tensors = reader.Tensors(reader.ReadModel("model").scope);
  EXPECT_EQ(reader.tensor(tensors[1]).name, "backbone.1.weight");
  EXPECT_EQ(reader.tensor(tensors[4]).name, "aaa.weight");
  const auto& ties = reader.TieGroups();
  EXPECT_NE(ties[tensors[4].index], 0u);
  EXPECT_EQ(ties[tensors[4].index], ties[tensors[5].index]);
}

TEST_F(AppendTest, RenamesAndRemovesEntries) {
  Appender appender = Appender::Open(path_, Options());
  appender.RenameEntry("model", "encoder");
  appender.RemoveEntry("epoch");
  appender.RenameEntry("tokenizer", "epoch");
  appender.Finish();
  const Reader reader = Reader::Open(path_);
  EXPECT_EQ(EntryNames(reader), (std::vector<std::string>{"encoder", "notes", "epoch"}));
  EXPECT_EQ(reader.ReadModel("encoder").architecture, "net");
  EXPECT_EQ(reader.attachment("epoch").media_type, "application/json");
  EXPECT_TRUE(reader.FindTensor("encoder/layers.0.weight"));
}

TEST_F(AppendTest, ChangesAModelsConfigAroundTheTensorsThatStay) {
  Appender appender = Appender::Open(path_, Options());
  const ModelInfo info = appender.before().ReadModel("model");
  appender.PutModel("model", {.scope = appender.Keep(info.scope),
                              .architecture = info.architecture,
                              .architecture_version = "2",
                              .config = {{"width", 256}},
                              .training = TrainingMode::kEval});
  EXPECT_EQ(appender.Finish().chunks_written, 0u);
  const Reader reader = Reader::Open(path_);
  const ModelInfo now = reader.ReadModel("model");
  EXPECT_EQ(now.config["width"].AsInt(), 256);
  EXPECT_EQ(now.architecture_version, "2");
  EXPECT_EQ(reader.Read(reader.FindTensor("model/layers.3.weight").value()), BytesOf(layers_[3]));
}

TEST_F(AppendTest, KeepsTensorsOfAnEntryThatIsReplacedWhereTheyAreAskedFor) {
  Appender appender = Appender::Open(path_, Options());
  const Value notes = appender.before().ReadValue("notes");
  appender.PutValue("notes", Value::List({appender.Keep(notes["bias"]), "kept"}));
  appender.Finish();
  const Reader reader = Reader::Open(path_);
  EXPECT_EQ(reader.Read(reader.FindTensor("notes/0").value()), BytesOf(WeightsFloat32(16, 98)));
  EXPECT_EQ(reader.tensor_count(), 7u);
}

TEST_F(AppendTest, KeepsATensorOfAModelThatIsRemovedInTheSameStep) {
  Appender appender = Appender::Open(path_, Options());
  const TensorRef layer = appender.before().FindTensor("model/layers.2.weight").value();
  appender.PutValue("best", Value::List({Value::Tensor(appender.Keep(layer))}));
  appender.RemoveEntry("model");
  EXPECT_EQ(appender.Finish().chunks_written, 0u);
  const Reader reader = Reader::Open(path_);
  EXPECT_EQ(reader.Read(reader.FindTensor("best/0").value()), BytesOf(layers_[2]));
  reader.Verify();
}

TEST_F(AppendTest, TiesATensorThatIsKeptAloneToTheOneInItsModel) {
  Appender appender = Appender::Open(path_, Options());
  const TensorRef layer = appender.before().FindTensor("model/layers.2.weight").value();
  appender.PutValue("best", Value::List({Value::Tensor(appender.Keep(layer))}));
  appender.Finish();
  const Reader reader = Reader::Open(path_);
  const auto& ties = reader.TieGroups();
  const std::uint32_t group = ties[reader.FindTensor("best/0").value().index];
  EXPECT_NE(group, 0u);
  EXPECT_EQ(group, ties[reader.FindTensor("model/layers.2.weight").value().index]);
}

TEST_F(AppendTest, DropsTheTensorsOfRemovedEntriesButNotThoseThatOthersReferTo) {
  {
    Appender appender = Appender::Open(path_, Options());
    const TensorRef layer = appender.before().FindTensor("model/layers.2.weight").value();
    appender.PutValue("best", Value::List({Value::Tensor(appender.Keep(layer))}));
    appender.Finish();
  }
  Appender appender = Appender::Open(path_, Options());
  appender.RemoveEntry("model");
  appender.RemoveEntry("notes");
  appender.Finish();
  const Reader reader = Reader::Open(path_);
  EXPECT_EQ(reader.tensor_count(), 1u);
  EXPECT_EQ(reader.Read(reader.FindTensor("best/0").value()), BytesOf(layers_[2]));
  reader.Verify();
}

TEST_F(AppendTest, GivesTheSameBytesWithAnyNumberOfThreads) {
  const std::string before = Whole();
  const auto layers = Layers(2);
  std::vector<std::string> files;
  for (const std::size_t threads : {1, 2, 5}) {
    faults::WriteWhole(path_, before);
    AppendOptions options = Options();
    options.write.threads = threads;
    Appender appender = Appender::Open(path_, options);
    appender.PutModel("second", {.scope = AddLayers(appender, layers)});
    appender.Finish();
    files.push_back(Whole());
  }
  EXPECT_TRUE(files[0] == files[1]);
  EXPECT_TRUE(files[0] == files[2]);
}

TEST_F(AppendTest, IsWorthTheSameDigestAsTheSameContentSavedWhole) {
  const auto layers = Layers(7);
  Appender appender = Appender::Open(path_, Options());
  const ModelInfo info = appender.before().ReadModel("model");
  appender.PutModel("model", {.scope = AddLayers(appender, layers),
                              .architecture = info.architecture,
                              .config = info.config,
                              .training = info.training});
  appender.Finish();
  SaveRun(scratch_ / "whole.stone", layers);
  EXPECT_EQ(Reader::Open(path_).ContentDigest(),
            Reader::Open(scratch_ / "whole.stone").ContentDigest());
}

// A file that may be read and not written, whoever asks.
class ReadOnlyFile final : public file::FileSystem {
 public:
  explicit ReadOnlyFile(std::string path) : path_(std::move(path)) {}

  int Open(const char* path, int flags, mode_t mode) override {
    if (path == path_ && (flags & O_ACCMODE) != O_RDONLY) {
      errno = EACCES;
      return -1;
    }
    return FileSystem::Open(path, flags, mode);
  }

 private:
  std::string path_;
};

TEST_F(AppendTest, CompactsAFileThatMayOnlyBeReadToAnotherPlace) {
  ReadOnlyFile read_only(path_.string());
  const file::ScopedFileSystem scope(read_only);
  CompactFile(path_, scratch_ / "small.stone", Options());
  EXPECT_EQ(Reader::Open(scratch_ / "small.stone").ContentDigest(),
            Reader::Open(path_).ContentDigest());
  const Error error = faults::ErrorOf([&] { CompactFile(path_, path_, Options()); });
  EXPECT_EQ(error.code(), ErrorCode::kIo);
  EXPECT_EQ(error.fields().system_error, EACCES);
}

class NoLocks final : public file::FileSystem {
 public:
  int Flock(int, int) override {
    errno = ENOLCK;
    return -1;
  }
};

TEST_F(AppendTest, CompactsToAnotherPlaceWhereTheFileSystemHasNoLocks) {
  NoLocks no_locks;
  const file::ScopedFileSystem scope(no_locks);
  CompactFile(path_, scratch_ / "small.stone", Options());
  Reader::Open(scratch_ / "small.stone").Verify();
  const Error error = faults::ErrorOf([&] { Appender::Open(path_); });
  EXPECT_EQ(error.code(), ErrorCode::kIo);
  EXPECT_EQ(error.fields().system_error, ENOLCK);
}

TEST_F(AppendTest, CompactsToOneGenerationOfTheSameContent) {
  for (const int epoch : {2, 3}) {
    Appender appender = Appender::Open(path_, Options());
    appender.PutValue("epoch", epoch);
    if (epoch == 3) appender.RemoveEntry("tokenizer");
    appender.Finish();
  }
  const Reader before = Reader::Open(path_);
  const WriteSummary summary = CompactFile(path_, path_, Options());
  const Reader after = Reader::Open(path_);
  EXPECT_EQ(after.generation(), 1u);
  EXPECT_EQ(after.ContentDigest(), before.ContentDigest());
  EXPECT_LT(summary.file_bytes, before.file_bytes());
  // Whoever had the old file open still has it.
  EXPECT_EQ(before.generation(), 3u);
  before.Verify();
}

TEST_F(AppendTest, ShowsReadersTheOldStateTheNewOneOrAnIncompleteFile) {
  std::atomic<bool> done = false;
  std::atomic<std::uint64_t> seen = 0;
  std::jthread reader([&] {
    while (!done) {
      try {
        const Reader open = Reader::Open(path_, {.access = Access::kPositioned});
        // Generation n was written with epoch n.
        EXPECT_EQ(open.ReadValue("epoch").AsUInt(), open.generation());
        EXPECT_GE(open.generation(), seen);
        seen = open.generation();
      } catch (const Error& error) {
        EXPECT_EQ(error.code(), ErrorCode::kIncomplete) << error.what();
      }
    }
  });
  for (int epoch = 2; epoch <= 40; ++epoch) {
    Appender appender = Appender::Open(path_, Options());
    appender.PutValue("epoch", epoch);
    appender.Finish();
  }
  done = true;
  reader.join();
  EXPECT_GE(seen, 1u);
}

TEST_F(AppendTest, AppendsToAFileOfNothing) {
  Writer(path_, SmallChunks()).Finish();
  Appender appender = Appender::Open(path_, Options());
  appender.PutModel("model", {.scope = AddLayers(appender, layers_)});
  appender.Finish();
  const Reader reader = Reader::Open(path_);
  EXPECT_EQ(reader.Read(reader.FindTensor("model/layers.0.weight").value()), BytesOf(layers_[0]));
  EXPECT_EQ(reader.Verify().generations, 2u);
}

TEST_F(AppendTest, CopiesAValueBeforeTheDictWhoseTensorItRefersTo) {
  // One tensor in two places stays one, whichever of them comes first.
  Writer writer(path_, SmallChunks());
  const ScopeRef scope = writer.AddScope();
  const TensorRef tensor =
      writer.AddTensor(scope, Source("w", DType::kBFloat16, {layers_[0].size()}, layers_[0]));
  writer.AddValue("first", Value::List({Value::Tensor(tensor)}));
  writer.AddValue("then", Value::TensorDict(scope));
  writer.Finish();
  const Reader reader = Reader::Open(path_);
  CopyCheckpoint(reader, scratch_ / "copy.stone", SmallChunks());
  const Reader copy = Reader::Open(scratch_ / "copy.stone");
  EXPECT_EQ(copy.tensor_count(), 1u);
  EXPECT_EQ(copy.ContentDigest(), reader.ContentDigest());
}

}  // namespace
}  // namespace statestone::testing
