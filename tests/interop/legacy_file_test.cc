// The container before torch 1.6, by hand: each part wrong in turn, and every cut and bit of a
// file.
#include <cstdint>
#include <limits>
#include <optional>

#include "tests/interop/hostile_fixture.h"
#include "tests/interop/legacy_builder.h"

namespace statestone {
namespace {

constexpr ErrorCode kCorrupt = ErrorCode::kCorrupt;
constexpr ErrorCode kUnsafe = ErrorCode::kUnsafe;
constexpr ErrorCode kUnsupported = ErrorCode::kUnsupported;

class LegacyFileTest : public HandMadePtTest {
 protected:
  void ExpectPartsRefused(const LegacyParts& parts, ErrorCode code, const std::string& text,
                          const std::string& entry = "") {
    ExpectRefused(parts.Build(), code, entry, text);
  }

  void ExpectValueRefused(const std::string& object, ErrorCode code, const std::string& text,
                          const std::string& entry = "") {
    LegacyParts parts;
    parts.value = pk::Done(object);
    ExpectPartsRefused(parts, code, text, entry);
  }

  Reader ConvertParts(const LegacyParts& parts) {
    Convert(parts.Build());
    return Reader::Open(scratch_ / "out.stone");
  }

  std::string ElementsOf(const Reader& reader, std::string_view path) {
    const auto tensor = reader.FindTensor(path);
    if (!tensor) return "no such tensor";
    const std::vector<std::byte> elements = reader.Read(*tensor);
    return {reinterpret_cast<const char*>(elements.data()), elements.size()};
  }
};

TEST_F(LegacyFileTest, BecomesItsValuesAndElements) {
  const Reader reader = ConvertParts(LegacyCheckpoint());
  EXPECT_EQ(reader.ReadValue("a").items()[0], Value(7));
  EXPECT_EQ(ElementsOf(reader, "a/1"), "0123456789ABCDEF");
}

TEST_F(LegacyFileTest, ReadsItsPicklesInEveryProtocol) {
  LegacyParts parts = LegacyCheckpoint();
  const std::string magic = "\x8A\x0A\x6C\xFC\x9C\x46\xF9\x20\x6A\xA8\x50\x19.";
  const std::string frame = "\x95" + Bytes(std::uint64_t{magic.size()});
  for (const std::string& start :
       std::vector<std::string>{"L119547037146038801333356L\n.", pk::Proto(3) + magic,
                                pk::Proto(4) + frame + magic, pk::Proto(5) + frame + magic}) {
    parts.magic = start;
    EXPECT_EQ(ElementsOf(ConvertParts(parts), "a/1"), "0123456789ABCDEF");
  }
}

TEST_F(LegacyFileTest, RefusesAnotherVersion) {
  LegacyParts parts = LegacyCheckpoint();
  parts.version = pk::Done("M\xEA\x03");
  ExpectPartsRefused(parts, kUnsupported, "no torch reads (expected 1001, found 1002)");
  parts.version = pk::Done("N");
  ExpectPartsRefused(parts, kCorrupt, "the version is no number");
}

TEST_F(LegacyFileTest, RefusesABigEndianSystemByName) {
  LegacyParts parts = LegacyCheckpoint();
  parts.system = pk::Done(pk::Dict(pk::Text("little_endian") + "\x89"));
  ExpectPartsRefused(parts, kUnsupported, "the checkpoint is big-endian");
}

TEST_F(LegacyFileTest, RefusesASystemThatSaysNothingOfItsByteOrder) {
  LegacyParts parts = LegacyCheckpoint();
  for (const std::string& system :
       {std::string("N"), pk::Dict(""), pk::Dict(pk::Text("little_endian") + "N"),
        pk::List(pk::Text("little_endian") + "\x88")}) {
    parts.system = pk::Done(system);
    ExpectPartsRefused(parts, kCorrupt, "description of the system");
  }
}

TEST_F(LegacyFileTest, NeverRunsWhatAnyOfItsPicklesNames) {
  const std::string call =
      pk::Call(pk::Global("os", "system"), pk::Text("touch " + (scratch_ / "ran").string()));
  const std::string pickle = pk::Done(call);
  LegacyParts parts = LegacyCheckpoint();
  parts.version = pickle;
  ExpectPartsRefused(parts, kUnsafe, "the pickle of the version: os.system is not on the list");
  parts = LegacyCheckpoint();
  parts.system = pickle;
  ExpectPartsRefused(parts, kUnsafe, "the pickle of the system it was saved on: os.system");
  parts = LegacyCheckpoint();
  parts.keys = pk::Done(pk::List(call));
  ExpectPartsRefused(parts, kUnsafe, "the pickle of the keys of the storages: os.system");
  parts = LegacyCheckpoint();
  parts.value = pk::Done(pk::Dict(pk::Text("a") + call + pk::Text("b") + pk::LegacyTensor()));
  ExpectPartsRefused(parts, kUnsafe, "os.system is not on the list", "a");
  parts = LegacyCheckpoint();
  parts.magic = pickle;
  ExpectPartsRefused(parts, ErrorCode::kInvalidArgument, "the source is");
}

TEST_F(LegacyFileTest, LeavesOutOnRequestWhatIsNotOnTheList) {
  LegacyParts parts = LegacyCheckpoint();
  parts.value = pk::Done(pk::Dict(pk::Text("a") + pk::Call(pk::Global("os", "system"), "N") +
                                  pk::Text("b") + pk::LegacyTensor()));
  const ConvertReport report = Convert(parts.Build(), {.skip_unknown = true});
  ASSERT_EQ(report.skipped.size(), 1u);
  EXPECT_EQ(report.skipped[0].path, "a");
  EXPECT_EQ(ElementsOf(Reader::Open(scratch_ / "out.stone"), "b"), "0123456789ABCDEF");
}

TEST_F(LegacyFileTest, RefusesANumberOfElementsThatIsNotThatOfThePickle) {
  LegacyParts parts = LegacyCheckpoint();
  for (const std::int64_t count :
       {std::int64_t{0}, std::int64_t{3}, std::int64_t{5}, std::int64_t{1} << 31,
        std::int64_t{1} << 62, std::int64_t{-1}, std::numeric_limits<std::int64_t>::max(),
        std::numeric_limits<std::int64_t>::min()}) {
    parts.storages[0].elements = count;
    ExpectPartsRefused(parts, kCorrupt,
                       "storage 0: its number of elements is not that of the pickle (expected 4, "
                       "found " +
                           std::to_string(count) + ")");
  }
  const Error error = faults::ErrorOf([&] { Convert(parts.Build()); });
  EXPECT_EQ(error.fields().offset, parts.Build().size() - 16 - 8);
}

TEST_F(LegacyFileTest, RefusesMoreElementsThanTheFileHas) {
  for (const std::int64_t count : {std::int64_t{5}, std::int64_t{1} << 40, std::int64_t{1} << 62,
                                   std::numeric_limits<std::int64_t>::max()}) {
    const std::string number = "\x8A\x08" + Bytes(count);
    LegacyParts parts;
    parts.value = pk::Done(pk::Tensor(pk::LegacyStorage("FloatStorage", "0", number), pk::Int(0),
                                      pk::Int(4), pk::Int(1)));
    parts.storages[0].elements = count;
    ExpectPartsRefused(parts, kCorrupt, "storage 0: the file ends before its last byte");
  }
}

TEST_F(LegacyFileTest, RefusesANegativeNumberOfElementsInThePickle) {
  ExpectValueRefused(pk::Tensor(pk::LegacyStorage("FloatStorage", "0", pk::Int(-4)), pk::Int(0),
                                pk::Int(4), pk::Int(1)),
                     kCorrupt, "its number of elements is negative");
}

TEST_F(LegacyFileTest, RefusesKeysThatAreNotThoseOfThePickle) {
  LegacyParts parts = LegacyCheckpoint();
  parts.keys = pk::Done(pk::List(""));
  parts.storages.clear();
  ExpectPartsRefused(parts, kCorrupt,
                     "the pickle names a storage that the file does not hold (found storage 0)");
  parts = LegacyCheckpoint();
  parts.keys = pk::Done(pk::List(pk::Text("0") + pk::Text("1")));
  parts.storages.push_back({"1"});
  ExpectPartsRefused(parts, kCorrupt,
                     "the file holds a storage that its pickle does not name (found storage 1)");
  parts.keys = pk::Done(pk::List(pk::Text("0") + pk::Text("0")));
  ExpectPartsRefused(parts, kCorrupt, "storage 0: it stands in the file twice");
}

TEST_F(LegacyFileTest, RefusesKeysThatAreNoTexts) {
  LegacyParts parts = LegacyCheckpoint();
  for (const std::string& keys : {pk::List(pk::Int(0)), pk::List("N")}) {
    parts.keys = pk::Done(keys);
    ExpectPartsRefused(parts, kCorrupt, "the key of a storage is no text");
  }
  for (const std::string& keys : {std::string("N"), pk::Text("0"), pk::Tuple(pk::Text("0"))}) {
    parts.keys = pk::Done(keys);
    ExpectPartsRefused(parts, kCorrupt, "the keys of the storages are no list");
  }
}

TEST_F(LegacyFileTest, RefusesReferencesInPicklesThatCanHaveNone) {
  LegacyParts parts = LegacyCheckpoint();
  parts.keys = pk::Done(pk::List(pk::LegacyStorage("FloatStorage", "0", pk::Int(4))));
  ExpectPartsRefused(parts, kCorrupt, "does not write (expected no reference)");
}

TEST_F(LegacyFileTest, RefusesReferencesOfTheZipContainer) {
  ExpectValueRefused(pk::SmallTensor(), kCorrupt,
                     "does not write (expected ('storage', class, key, device, size, view))");
}

TEST_F(LegacyFileTest, TheZipContainerRefusesReferencesOfThisOne) {
  ExpectPickleRefused(pk::Done(pk::LegacyTensor()), kCorrupt, "",
                      "does not write (expected ('storage', class, key, device, size))");
}

TEST_F(LegacyFileTest, RefusesAStorageThatIsNamedInTwoWays) {
  const std::string first = pk::LegacyTensor();
  const auto tensor = [](const std::string& storage) {
    return pk::Tensor(storage, pk::Int(0), pk::Int(2), pk::Int(1));
  };
  ExpectValueRefused(pk::List(first + tensor(pk::LegacyStorage("IntStorage", "0", pk::Int(4)))),
                     kCorrupt, "storage 0: the pickle names it in two ways");
  ExpectValueRefused(pk::List(first + tensor(pk::LegacyStorage("FloatStorage", "0", pk::Int(3)))),
                     kCorrupt, "storage 0: the pickle names it in two ways");
}

TEST_F(LegacyFileTest, ReadsAStorageWithoutElementsUnderTwoClasses) {
  const auto empty = [](const std::string& kind) {
    return pk::Tensor(pk::LegacyStorage(kind, "0", pk::Int(0)), pk::Int(0), pk::Int(0), pk::Int(1));
  };
  LegacyParts parts;
  parts.value = pk::Done(pk::List(empty("FloatStorage") + empty("IntStorage")));
  parts.storages = {{"0", 0, ""}};
  EXPECT_EQ(ConvertParts(parts).tensor_count(), 2u);
}

std::string View(const std::string& key, std::int32_t first, std::int32_t elements) {
  return pk::Tuple(pk::Text(key) + pk::Int(first) + pk::Int(elements));
}

std::string ViewTensor(const std::string& view, std::int32_t offset, std::int32_t elements) {
  return pk::Tensor(pk::LegacyStorage("FloatStorage", "0", pk::Int(4), view), pk::Int(offset),
                    pk::Int(elements), pk::Int(1));
}

TEST_F(LegacyFileTest, ReadsPartsOfAStorageAsTiedTensors) {
  LegacyParts parts;
  parts.value = pk::Done(pk::Dict(pk::Text("x") + ViewTensor(View("5", 1, 3), 1, 2) +
                                  pk::Text("y") + ViewTensor(View("6", 0, 4), 0, 4)));
  const Reader reader = ConvertParts(parts);
  EXPECT_EQ(ElementsOf(reader, "x"), "89ABCDEF");
  EXPECT_EQ(ElementsOf(reader, "y"), "0123456789ABCDEF");
  EXPECT_EQ(reader.storage_count(), 1u);
}

TEST_F(LegacyFileTest, RefusesAPartThatReachesOutOfItsStorage) {
  for (const auto& [first, elements] :
       {std::pair(0, 5), std::pair(4, 1), std::pair(1, 0x7FFFFFFF), std::pair(0x7FFFFFFF, 1)}) {
    ExpectValueRefused(ViewTensor(View("5", first, elements), 0, 1), kCorrupt,
                       "a view reaches outside of its storage (expected 4 elements, found " +
                           std::to_string(elements) + " from " + std::to_string(first) + ")");
  }
  ExpectValueRefused(ViewTensor(View("5", -1, 1), 0, 1), kCorrupt, "its first element is negative");
}

TEST_F(LegacyFileTest, RefusesATensorThatReachesOutOfItsPart) {
  ExpectValueRefused(ViewTensor(View("5", 1, 2), 1, 2), kCorrupt,
                     "the tensor reaches outside of its storage (expected 8 bytes");
}

TEST_F(LegacyFileTest, RefusesPartsThatAreNoParts) {
  for (const std::string& view : {pk::Int(1), pk::Text("5"), pk::List("NNN")}) {
    ExpectValueRefused(pk::LegacyTensor(view), kCorrupt, "arguments are not a tuple");
  }
  ExpectValueRefused(pk::LegacyTensor(pk::Tuple(pk::Text("5") + pk::Int(0))), kCorrupt,
                     "wrong number of arguments");
}

TEST_F(LegacyFileTest, RefusesAPartThatIsNamedInTwoWays) {
  ExpectValueRefused(
      pk::List(ViewTensor(View("5", 0, 2), 0, 1) + ViewTensor(View("5", 1, 2), 0, 1)), kCorrupt,
      "storage 5: the pickle names it in two ways");
  ExpectValueRefused(ViewTensor(View("0", 1, 2), 0, 1), kCorrupt,
                     "storage 0: the pickle names it in two ways");
}

TEST_F(LegacyFileTest, RefusesAStorageOfAClassThatIsNone) {
  ExpectValueRefused(
      pk::Tensor(pk::LegacyStorage("Size", "0", pk::Int(4)), pk::Int(0), pk::Int(4), pk::Int(1)),
      kCorrupt, "a storage is of a class that is no storage");
}

TEST_F(LegacyFileTest, RefusesATypeThatIsNotThatOfItsStorage) {
  const std::string storage = pk::LegacyStorage("FloatStorage", "0", pk::Int(4));
  const std::string state =
      pk::Tuple(storage + pk::Int(0) + pk::Tuple(pk::Int(4)) + pk::Tuple(pk::Int(1)));
  ExpectValueRefused(pk::Call(pk::Global("torch", "IntTensor"), "") + state + "b", kCorrupt,
                     "not of its storage's dtype (expected float32");
  ExpectValueRefused(pk::Dict(pk::Text("x") + pk::Call(pk::Global("torch", "FloatTensor"), "") +
                              pk::Text("y") + pk::LegacyTensor()),
                     kCorrupt, "the tensor has no state", "x");
}

TEST_F(LegacyFileTest, RefusesBytesBehindTheLastStorage) {
  const std::string file = LegacyCheckpoint().Build();
  for (std::size_t more = 1; more <= 64; ++more) {
    ExpectRefused(file + std::string(more, '\0'), kCorrupt, "",
                  "bytes stand behind the last storage (expected the end of the file, found " +
                      std::to_string(more) + " bytes)");
  }
  ExpectRefused(file + file, kUnsupported, "", "several checkpoints, one behind the other");
}

TEST_F(LegacyFileTest, RefusesListsThatDouble) {
  std::string lists = "]q\x01";
  for (char i = 1; i < 60; ++i) {
    lists += std::string("0](h") + i + "h" + i + "eq" + static_cast<char>(i + 1);
  }
  LegacyParts parts;
  parts.value = pk::Done("(" + pk::LegacyTensor() + lists + "l");
  ExpectPartsRefused(parts, ErrorCode::kLimit, "refers to the same containers too often",
                     faults::ErrorOf([&] { Convert(parts.Build()); }).fields().entry);
}

TEST_F(LegacyFileTest, RefusesNestingWithoutAnEnd) {
  LegacyParts parts;
  parts.value =
      pk::Proto(2) + pk::LegacyTensor() + std::string(200000, ']') + std::string(200000, 'a') + ".";
  ExpectPartsRefused(parts, kCorrupt, "takes none");
  parts.value = std::string(1000000, '(');
  parts.keys.clear();
  parts.storages.clear();
  ExpectPartsRefused(parts, kCorrupt, "ends inside");
}

// A file with a hole: what it holds beyond the first bytes costs nothing.
TEST_F(LegacyFileTest, RefusesAPickleBeyondItsLimit) {
  LegacyParts parts;
  parts.keys.clear();
  parts.storages.clear();
  parts.value = pk::Proto(2) + "\x8E" + Bytes((std::uint64_t{1} << 30) + 5);
  faults::WriteWhole(scratch_ / "in.pt", parts.Build());
  std::filesystem::resize_file(scratch_ / "in.pt", std::uint64_t{3} << 30);
  const Error error =
      faults::ErrorOf([&] { ConvertPt(scratch_ / "in.pt", scratch_ / "out.stone"); });
  EXPECT_EQ(error.code(), ErrorCode::kLimit) << error.what();
  EXPECT_NE(std::string(error.what()).find("the pickle is too large (expected 1073741824 bytes)"),
            std::string::npos)
      << error.what();
}

class DamagedLegacyFileTest : public LegacyFileTest {
 protected:
  // The digest of what it becomes, or nothing when it is refused with an error of its own kind.
  std::optional<Digest> DigestOf(const std::string& file) {
    try {
      Convert(file);
    } catch (const Error& error) {
      EXPECT_FALSE(error.fields().problem.empty());
      EXPECT_NE(error.code(), ErrorCode::kIo) << error.what();
      EXPECT_FALSE(std::filesystem::exists(scratch_ / "out.stone")) << error.what();
      return std::nullopt;
    }
    const Digest digest = Reader::Open(scratch_ / "out.stone").ContentDigest();
    std::filesystem::remove(scratch_ / "out.stone");
    return digest;
  }

  static LegacyParts TwoStorages() {
    LegacyParts parts = LegacyCheckpoint();
    parts.value = pk::Done(pk::Dict(pk::Text("a") + pk::LegacyTensor() + pk::Text("b") +
                                    pk::Tensor(pk::LegacyStorage("ShortStorage", "1", pk::Int(3)),
                                               pk::Int(0), pk::Int(3), pk::Int(1))));
    parts.keys = pk::Done(pk::List(pk::Text("0") + pk::Text("1")));
    parts.storages.push_back({"1", 3, "abcdef"});
    return parts;
  }
};

TEST_F(DamagedLegacyFileTest, IsRefusedWhenCutAnywhere) {
  const std::string good = TwoStorages().Build();
  ASSERT_TRUE(DigestOf(good).has_value());
  for (std::size_t size = 0; size < good.size(); ++size) {
    EXPECT_FALSE(DigestOf(good.substr(0, size)).has_value()) << size;
  }
}

TEST_F(DamagedLegacyFileTest, SaysWhereItIsCut) {
  const std::string good = TwoStorages().Build();
  ExpectRefused(good.substr(0, good.size() - 1), kCorrupt, "",
                "storage 1: the file ends before its last byte (expected 3 elements of 2 bytes, "
                "found 5 bytes)");
  ExpectRefused(good.substr(0, good.size() - 7), kCorrupt, "",
                "the file ends inside the number of elements of storage 1");
}

TEST_F(DamagedLegacyFileTest, SurvivesEveryByteOfItsPickles) {
  const std::string good = LegacyCheckpoint().Build();
  for (std::size_t i = 0; i < good.size() - 16; ++i) {
    for (const int value : {0x00, 0x28, 0x2E, 0x52, 0x62, 0x65, 0x7F, 0x80, 0x93, 0xFF}) {
      std::string damaged = good;
      damaged[i] = static_cast<char>(value);
      DigestOf(damaged);
    }
  }
}

}  // namespace
}  // namespace statestone
