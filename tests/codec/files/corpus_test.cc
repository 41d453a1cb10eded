// Every file of tests/data/bad and tests/data/unsupported gets the verdict that stands in the
// expected.json beside it.
#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "statestone/reader.h"
#include "tests/faults/memory_byte_source.h"
#include "tests/faults/scratch_directory.h"

namespace statestone::testing {
namespace {

namespace fs = std::filesystem;

const fs::path kData = STATESTONE_TEST_DATA;

std::string VerdictOf(const std::function<void()>& body) {
  try {
    body();
  } catch (const Error& error) {
    EXPECT_FALSE(error.fields().problem.empty()) << error.what();
    return std::string(Name(error.code()));
  } catch (const std::exception& error) {
    return std::string("no Error: ") + error.what();
  }
  return "ok";
}

enum class Source { kMap, kPositioned, kMemory, kCaller };

Reader OpenAs(Source source, const fs::path& path, const std::vector<std::byte>& bytes) {
  ReadOptions options;
  options.max_bytes = 1 << 24;
  options.access = source == Source::kMap ? Access::kMap : Access::kPositioned;
  if (source == Source::kMemory) return Reader::FromMemory(bytes, nullptr, options);
  if (source == Source::kCaller) {
    return Reader::FromSource(std::make_shared<faults::MemoryByteSource>(bytes), options);
  }
  return Reader::Open(path, options);
}

std::map<std::string, std::string> RefusedReads(const Reader& reader) {
  std::map<std::string, std::string> refused;
  for (std::uint32_t i = 0; i < reader.tensor_count(); ++i) {
    const std::string verdict = VerdictOf([&] { reader.Read(TensorRef{i}); });
    if (verdict != "ok") refused[reader.DisplayPaths()[i]] = verdict;
  }
  return refused;
}

class CorpusTest : public ::testing::TestWithParam<std::tuple<std::string, Source>> {};

std::string ParameterName(const ::testing::TestParamInfo<CorpusTest::ParamType>& info) {
  static constexpr const char* kSources[] = {"Mapped", "Positioned", "InMemory", "FromTheCaller"};
  return std::get<0>(info.param) + kSources[static_cast<int>(std::get<1>(info.param))];
}

INSTANTIATE_TEST_SUITE_P(Folders, CorpusTest,
                         ::testing::Combine(::testing::Values("bad", "unsupported"),
                                            ::testing::Values(Source::kMap, Source::kPositioned,
                                                              Source::kMemory, Source::kCaller)),
                         ParameterName);

TEST_P(CorpusTest, GivesEveryFileItsVerdict) {
  // By name, as clang 14 lets no lambda capture a structured binding.
  const std::string& name = std::get<0>(GetParam());
  const Source source = std::get<1>(GetParam());
  const fs::path folder = kData / name;
  const auto expected = nlohmann::json::parse(faults::ReadWhole(folder / "expected.json"));
  std::set<std::string> named;
  for (const auto& item : expected.items()) {
    const std::string& file = item.key();
    const auto& said = item.value();
    SCOPED_TRACE(name + "/" + file);
    named.insert(file);
    const std::vector<std::byte> bytes = faults::ToBytes(faults::ReadWhole(folder / file));
    std::optional<Reader> reader;
    const std::string opened =
        VerdictOf([&] { reader.emplace(OpenAs(source, folder / file, bytes)); });
    EXPECT_EQ(opened, said["open"]);
    if (!reader) continue;
    EXPECT_EQ(VerdictOf([&] { reader->Verify(); }), said["verify"]);
    if (said["open"] != "ok") continue;
    EXPECT_EQ(nlohmann::json(RefusedReads(*reader)),
              said["read"].empty() ? nlohmann::json::object() : said["read"]);
  }
  for (const auto& entry : fs::directory_iterator(folder)) {
    const std::string file = entry.path().filename().string();
    EXPECT_TRUE(!file.ends_with(".stone") || named.contains(file)) << file << " is not listed";
  }
  EXPECT_GT(named.size(), 20u);
}

}  // namespace
}  // namespace statestone::testing
