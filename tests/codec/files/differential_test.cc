// The same bytes and the same errors from every kind of source and any number of threads.
#include <gtest/gtest.h>

#include <thread>

#include "tests/codec/files/contents.h"
#include "tests/codec/files/example_data.h"
#include "tests/codec/files/small_files.h"
#include "tests/faults/error_of.h"
#include "tests/faults/memory_byte_source.h"
#include "tests/faults/scratch_directory.h"

namespace statestone::testing {
namespace {

using faults::ErrorOf;

// About 1 MB in a hundred chunks: coded, raw, packed, strided and tied.
FileBytes LargerFile() {
  const std::vector<float> weights = WeightsFloat32(60'000, 1);
  const std::vector<std::uint16_t> halves = WeightsBFloat16(90'000, 2);
  const std::vector<std::byte> noise = RandomBytes(300'000, 3);
  const std::vector<float> small = WeightsFloat32(3000, 4);
  WriteOptions options;
  options.chunk_units_log2 = 12;
  return Written(options, [&](Writer& writer) {
    const ScopeRef scope = writer.AddScope();
    TensorSource turned = Source("turned", DType::kFloat32, {200, 300}, weights);
    turned.strides = {1, 200};
    writer.AddTensor(scope, turned);
    writer.AddTensor(scope, Source("tied", DType::kFloat32, {60'000}, weights));
    writer.AddTensor(scope, Source("halves", DType::kBFloat16, {300, 300}, halves));
    writer.AddTensor(scope, Source("noise", DType::kUInt8, {300'000}, noise));
    for (std::size_t i = 0; i < 30; ++i) {
      TensorSource piece = Source("s" + std::to_string(i), DType::kFloat32, {100}, small);
      piece.data = small.data() + 100 * i;
      writer.AddTensor(scope, piece);
    }
    writer.AddValue("model", Value::OrderedTensorDict(scope));
    writer.AddValue("epoch", 3);
    writer.AddAttachment("blob", std::span(noise).first(50'000));
  });
}

enum class Kind { kMemory, kMap, kPositioned, kCaller };
constexpr Kind kKinds[] = {Kind::kMemory, Kind::kMap, Kind::kPositioned, Kind::kCaller};

class DifferentialTest : public ::testing::Test {
 protected:
  void SetUp() override { Save(file_); }

  void Save(const FileBytes& file) {
    faults::WriteWhole(path_, {reinterpret_cast<const char*>(file.data()), file.size()});
  }

  Reader OpenAs(const FileBytes& file, Kind kind, std::size_t threads) const {
    ReadOptions options;
    options.threads = threads;
    options.access = kind == Kind::kMap ? Access::kMap : Access::kPositioned;
    if (kind == Kind::kMemory) return Reader::FromMemory(file, nullptr, options);
    if (kind == Kind::kCaller) {
      return Reader::FromSource(std::make_shared<faults::MemoryByteSource>(file), options);
    }
    return Reader::Open(path_, options);
  }

  void ForEachSource(const FileBytes& file, const std::function<void(const Reader&)>& body) const {
    for (const Kind kind : kKinds) {
      for (const std::size_t threads : {1u, 2u, 8u}) {
        SCOPED_TRACE("source " + std::to_string(static_cast<int>(kind)) + ", " +
                     std::to_string(threads) + " threads");
        body(OpenAs(file, kind, threads));
      }
    }
  }

  static std::vector<std::vector<std::byte>> ReadAtOnce(const Reader& reader) {
    std::vector<std::vector<std::byte>> out;
    std::vector<ReadRequest> requests;
    for (std::uint32_t i = 0; i < reader.tensor_count(); ++i) {
      out.emplace_back(reader.tensor({i}).bytes);
    }
    for (std::uint32_t i = 0; i < out.size(); ++i) requests.push_back({{i}, out[i]});
    reader.ReadMany(requests);
    return out;
  }

  const FileBytes file_ = LargerFile();
  faults::ScratchDirectory folder_;
  const std::filesystem::path path_ = folder_ / "a.stone";
};

TEST_F(DifferentialTest, EverySourceAndNumberOfThreadsGivesTheSame) {
  const Reader first = OpenBytes(file_);
  const std::string contents = Contents(first);
  const Digest digest = first.ContentDigest();
  const std::uint64_t chunks = first.Verify().chunks;
  EXPECT_GT(chunks, 80u);
  ForEachSource(file_, [&](const Reader& reader) {
    EXPECT_TRUE(Contents(reader) == contents);
    EXPECT_EQ(reader.ContentDigest(), digest);
    EXPECT_EQ(reader.Verify().chunks, chunks);
    const auto all = ReadAtOnce(reader);
    for (std::uint32_t i = 0; i < all.size(); ++i) EXPECT_TRUE(all[i] == first.Read(TensorRef{i}));
  });
}

TEST_F(DifferentialTest, EverySourceAndNumberOfThreadsGivesTheSameErrors) {
  FileBytes damaged = file_;
  // Chunks lie in the order of the file: the first damaged one is what everyone must name.
  for (const std::size_t at : {200'000u, 300'000u, 500'000u}) damaged[at] ^= std::byte{4};
  Save(damaged);
  const Reader first = OpenBytes(damaged);
  const ErrorFields verify = ErrorOf([&] { first.Verify(); }).fields();
  const ErrorFields many = ErrorOf([&] { ReadAtOnce(first); }).fields();
  EXPECT_EQ(verify.problem, "checksum mismatch");
  EXPECT_TRUE(verify.chunk);
  const auto same = [](const ErrorFields& a, const ErrorFields& b) {
    EXPECT_EQ(a.problem, b.problem);
    EXPECT_EQ(a.chunk, b.chunk);
    EXPECT_EQ(a.offset, b.offset);
    EXPECT_EQ(a.entry, b.entry);
    EXPECT_EQ(a.expected, b.expected);
    EXPECT_EQ(a.found, b.found);
  };
  ForEachSource(damaged, [&](const Reader& reader) {
    same(ErrorOf([&] { reader.Verify(); }).fields(), verify);
    same(ErrorOf([&] { ReadAtOnce(reader); }).fields(), many);
    for (std::uint32_t i = 0; i < 4; ++i) {
      std::optional<ErrorFields> wanted;
      try {
        first.Read(TensorRef{i});
      } catch (const Error& error) {
        wanted = error.fields();
      }
      if (wanted) same(ErrorOf([&] { reader.Read(TensorRef{i}); }).fields(), *wanted);
    }
  });
}

TEST_F(DifferentialTest, ChecksTheSumsOfATensorAndOfNoOther) {
  FileBytes damaged = file_;
  damaged[300'000] ^= std::byte{4};
  Save(damaged);
  const Reader first = OpenBytes(damaged);
  std::vector<TensorRef> whole;
  std::vector<TensorRef> torn;
  for (std::uint32_t i = 0; i < first.tensor_count(); ++i) {
    try {
      first.Read(TensorRef{i});
      whole.push_back({i});
    } catch (const Error&) {
      torn.push_back({i});
    }
  }
  ASSERT_FALSE(whole.empty());
  ASSERT_FALSE(torn.empty());
  const ErrorFields expected = ErrorOf([&] { first.Read(torn[0]); }).fields();
  ForEachSource(damaged, [&](const Reader& reader) {
    EXPECT_NO_THROW(reader.CheckStored(whole));
    EXPECT_NO_THROW(reader.CheckStored({}));
    std::vector<TensorRef> all = whole;
    all.push_back(torn[0]);
    const std::vector<TensorRef> nowhere = {{9999}};
    const ErrorFields found = ErrorOf([&] { reader.CheckStored(all); }).fields();
    EXPECT_EQ(found.problem, "checksum mismatch");
    EXPECT_EQ(found.entry, expected.entry);
    EXPECT_EQ(found.chunk, expected.chunk);
    EXPECT_EQ(ErrorOf([&] { reader.CheckStored(nowhere); }).code(), ErrorCode::kNotFound);
  });
}

TEST_F(DifferentialTest, ChecksSumsAlsoWhereReadsDoNot) {
  FileBytes damaged = file_;
  damaged[300'000] ^= std::byte{4};
  const Reader reader = Reader::FromMemory(damaged, nullptr, {.check_sums = false});
  std::vector<TensorRef> all;
  for (std::uint32_t i = 0; i < reader.tensor_count(); ++i) all.push_back({i});
  EXPECT_EQ(ErrorOf([&] { reader.CheckStored(all); }).code(), ErrorCode::kCorrupt);
}

TEST_F(DifferentialTest, StopsLongReadsOfEverySource) {
  std::stop_source source;
  source.request_stop();
  for (const Kind kind : {Kind::kMap, Kind::kPositioned}) {
    ReadOptions options;
    options.access = kind == Kind::kMap ? Access::kMap : Access::kPositioned;
    options.stop = source.get_token();
    const Reader reader = Reader::Open(path_, options);
    for (const auto& call : std::vector<std::function<void()>>{
             [&] { reader.Verify(); }, [&] { reader.ContentDigest(); },
             [&] { reader.Read(TensorRef{0}); }}) {
      const Error error = ErrorOf(call);
      EXPECT_EQ(error.code(), ErrorCode::kCanceled);
      EXPECT_EQ(error.fields().path, path_.string());
    }
  }
}

TEST_F(DifferentialTest, ManyThreadsUseOneReaderAtOnce) {
  for (const Kind kind : kKinds) {
    const Reader reader = OpenAs(file_, kind, 2);
    const std::string contents = Contents(OpenBytes(file_));
    std::atomic<int> wrong = 0;
    std::vector<std::jthread> threads;
    for (int t = 0; t < 8; ++t) {
      threads.emplace_back([&, t] {
        const Reader copy = reader;
        if (t % 2 == 0 && Contents(copy) != contents) ++wrong;
        if (t % 2 == 1 && copy.Verify().generations != 1) ++wrong;
        if (copy.FindEntry("epoch") != 1u) ++wrong;
        if (copy.FindTensor("model/halves") != copy.Find({0}, "halves")) ++wrong;
        if (copy.TieGroups().size() != copy.DisplayPaths().size()) ++wrong;
        std::vector<std::byte> slice(300 * 2);
        copy.ReadSlice(*copy.Find({0}, "halves"), t, 1, slice);
      });
    }
    threads.clear();
    EXPECT_EQ(wrong, 0);
  }
}

TEST_F(DifferentialTest, ViewsOutliveTheReaderAndItsFile) {
  std::optional<View> view;
  {
    const Reader reader = OpenAs(file_, Kind::kMap, 1);
    view = reader.ViewInPlace(*reader.Find({0}, "noise"));
    EXPECT_FALSE(reader.ViewInPlace(*reader.Find({0}, "halves")));
  }
  std::filesystem::remove(path_);
  ASSERT_TRUE(view);
  const std::vector<std::byte> noise = RandomBytes(300'000, 3);
  EXPECT_TRUE(std::ranges::equal(view->bytes, noise));
  const Reader positioned = OpenBytes(file_);
  EXPECT_TRUE(positioned.ViewInPlace(*positioned.Find({0}, "noise")));
}

TEST_F(DifferentialTest, WritesToViewsNeverReachTheFile) {
  ReadOptions options;
  options.access = Access::kMap;
  options.writable_views = true;
  const Reader reader = Reader::Open(path_, options);
  const std::optional<View> view = reader.ViewInPlace(*reader.Find({0}, "noise"));
  ASSERT_TRUE(view);
  const_cast<std::byte&>(view->bytes[0]) ^= std::byte{1};
  EXPECT_NE(view->bytes[0], RandomBytes(1, 3)[0]);
  EXPECT_NO_THROW(Reader::Open(path_).Verify());
}

}  // namespace
}  // namespace statestone::testing
