#include <sys/stat.h>

#include <atomic>
#include <chrono>
#include <thread>

#include "tests/codec/append/append_fixture.h"
#include "tests/codec/files/contents.h"
#include "tests/faults/error_of.h"

namespace statestone::testing {
namespace {

using faults::ErrorOf;

TEST_F(AppendTest, RefusesNamesThatAreNotThereOrTaken) {
  Appender appender = Appender::Open(path_, Options());
  const Error missing = ErrorOf([&] { appender.RemoveEntry("optimizer"); });
  EXPECT_EQ(missing.code(), ErrorCode::kNotFound);
  EXPECT_EQ(missing.fields().entry, "optimizer");
  EXPECT_EQ(missing.fields().path, path_.string());
  const Error taken = ErrorOf([&] { appender.RenameEntry("epoch", "model"); });
  EXPECT_EQ(taken.code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(taken.fields().problem, "another entry has this name already");
  const TensorRef bias = appender.before().FindTensor("notes/bias").value();
  const Error anonymous = ErrorOf([&] { appender.RenameTensor(bias, "bias"); });
  EXPECT_EQ(anonymous.code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(anonymous.fields().entry, "notes/bias");
  const Error no_text = ErrorOf([&] { appender.RenameEntry("epoch", "\xFF"); });
  EXPECT_EQ(no_text.code(), ErrorCode::kUnrepresentable);
}

TEST_F(AppendTest, RefusesARenameToANameOfTheSameScopeAndLeavesTheFile) {
  const std::string before = Whole();
  {
    Appender appender = Appender::Open(path_, Options());
    appender.RenameTensor(appender.before().FindTensor("model/layers.0.weight").value(),
                          "layers.1.weight");
    const Error error = ErrorOf([&] { appender.Finish(); });
    EXPECT_EQ(error.code(), ErrorCode::kInvalidArgument);
    EXPECT_EQ(error.fields().problem, "two tensors of one scope have this name");
    EXPECT_EQ(error.fields().entry, "layers.1.weight");
  }
  EXPECT_TRUE(Whole() == before);
}

TEST_F(AppendTest, RefusesASecondFinish) {
  Appender appender = Appender::Open(path_, Options());
  appender.Finish();
  const Error error = ErrorOf([&] { appender.Finish(); });
  EXPECT_EQ(error.code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(error.fields().problem, "the Appender was used after Finish");
}

TEST_F(AppendTest, RefusesWhatIsNotAWholeStoneFile) {
  faults::WriteWhole(path_, "no stone");
  EXPECT_EQ(ErrorOf([&] { Appender::Open(path_); }).code(), ErrorCode::kNotStatestone);
  EXPECT_EQ(ErrorOf([&] { Appender::Open(scratch_ / "nothing.stone"); }).code(), ErrorCode::kIo);
  const Error folder = ErrorOf([&] { Appender::Open(scratch_.path()); });
  EXPECT_EQ(folder.code(), ErrorCode::kIo);
  EXPECT_EQ(folder.fields().system_error, EISDIR);
  SaveRun(path_, layers_);
  faults::WriteWhole(path_, Whole() + std::string(64, '\0'));
  EXPECT_EQ(ErrorOf([&] { Appender::Open(path_); }).code(), ErrorCode::kIncomplete);
}

TEST_F(AppendTest, RefusesAFifoWithoutWaitingForIt) {
  const std::filesystem::path fifo = scratch_ / "fifo";
  ASSERT_EQ(::mkfifo(fifo.c_str(), 0600), 0);
  const Error error = ErrorOf([&] { Appender::Open(fifo); });
  EXPECT_EQ(error.code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(error.fields().found, "a FIFO (named pipe)");
}

TEST_F(AppendTest, RefusesWhileAnotherAppendIsUnderWay) {
  const std::string before = Whole();
  Appender first = Appender::Open(path_, Options());
  AppendOptions at_once = Options();
  at_once.wait = false;
  const Error error = ErrorOf([&] { Appender::Open(path_, at_once); });
  EXPECT_EQ(error.code(), ErrorCode::kIo);
  EXPECT_EQ(error.fields().problem, "another program is changing the file");
  EXPECT_EQ(error.fields().system_error, EWOULDBLOCK);
  EXPECT_TRUE(Whole() == before);
}

TEST_F(AppendTest, WaitsForAnotherAppendAndBuildsOnIt) {
  auto first = std::make_unique<Appender>(Appender::Open(path_, Options()));
  std::atomic<bool> opened = false;
  std::jthread second([&] {
    Appender appender = Appender::Open(path_, Options());
    opened = true;
    appender.PutValue("second", 2);
    appender.Finish();
  });
  std::this_thread::sleep_for(std::chrono::milliseconds(60));
  EXPECT_FALSE(opened);
  first->PutValue("first", 1);
  first->Finish();
  second.join();
  const Reader reader = Reader::Open(path_);
  EXPECT_EQ(reader.generation(), 3u);
  EXPECT_EQ(reader.ReadValue("first").AsInt(), 1);
  EXPECT_EQ(reader.ReadValue("second").AsInt(), 2);
}

TEST_F(AppendTest, StopsWaitingWhenAskedTo) {
  const Appender first = Appender::Open(path_, Options());
  std::stop_source stop;
  stop.request_stop();
  AppendOptions options = Options();
  options.write.stop = stop.get_token();
  EXPECT_EQ(ErrorOf([&] { Appender::Open(path_, options); }).code(), ErrorCode::kCanceled);
}

TEST_F(AppendTest, AppendsToTheFileThatTookThePlaceWhileItWaited) {
  auto first = std::make_unique<Appender>(Appender::Open(path_, Options()));
  std::jthread second([&] {
    Appender appender = Appender::Open(path_, Options());
    appender.PutValue("late", true);
    appender.Finish();
  });
  std::this_thread::sleep_for(std::chrono::milliseconds(60));
  SaveRun(path_, Layers(9));
  first.reset();
  second.join();
  const Reader reader = Reader::Open(path_);
  EXPECT_TRUE(reader.ReadValue("late").AsBool());
  EXPECT_EQ(reader.Read(reader.FindTensor("model/layers.0.weight").value()), BytesOf(Layers(9)[0]));
}

TEST_F(AppendTest, SaysWhenAnotherFileTookThePlaceMeanwhile) {
  Appender appender = Appender::Open(path_, Options());
  SaveRun(path_, Layers(9));
  const std::string saved = Whole();
  appender.PutValue("epoch", 2);
  const Error error = ErrorOf([&] { appender.Finish(); });
  EXPECT_EQ(error.code(), ErrorCode::kIo);
  EXPECT_EQ(error.fields().problem,
            "another file took the path's place while this one was appended to");
  EXPECT_EQ(error.fields().advice, "append again, to the new file");
  EXPECT_TRUE(Whole() == saved);
}

TEST_F(AppendTest, LeavesTheFileWhenItIsStopped) {
  const std::string before = Whole();
  const auto layers = Layers(2);
  std::stop_source stop;
  AppendOptions options = Options();
  options.write.stop = stop.get_token();
  options.write.progress = [&](std::uint64_t, std::uint64_t) { stop.request_stop(); };
  {
    Appender appender = Appender::Open(path_, options);
    appender.PutModel("second", {.scope = AddLayers(appender, layers)});
    EXPECT_EQ(ErrorOf([&] { appender.Finish(); }).code(), ErrorCode::kCanceled);
    EXPECT_NE(Whole().size(), 0u);
  }
  EXPECT_TRUE(Whole() == before);
}

TEST_F(AppendTest, RefusesAWriteFeatureThatItDoesNotKnow) {
  faults::WriteWhole(path_, faults::ReadWhole(std::filesystem::path(STATESTONE_TEST_DATA) /
                                              "unsupported" / "write_feature.stone"));
  const std::string before = Whole();
  const Error error = ErrorOf([&] { Appender::Open(path_); });
  EXPECT_EQ(error.code(), ErrorCode::kUnsupported);
  EXPECT_EQ(error.fields().path, path_.string());
  EXPECT_FALSE(error.fields().found.empty());
  EXPECT_TRUE(Whole() == before);
}

}  // namespace
}  // namespace statestone::testing
