// Pickles that name what no checkpoint may name: refused where they stand, and never executed.
#include "tests/interop/hostile_fixture.h"

namespace statestone {
namespace {

using pk::Call;
using pk::Dict;
using pk::Done;
using pk::Global;
using pk::List;
using pk::Text;
using pk::Tuple;

class UnsafePickleTest : public HandMadePtTest {
 protected:
  // The file that the command would make if anything ran it.
  std::string Command() const { return "touch " + (scratch_ / "ran").string(); }

  void ExpectUnsafe(const std::string& object, const std::string& entry, const std::string& text) {
    ExpectPickleRefused(Done(object), ErrorCode::kUnsafe, entry, text);
  }
};

constexpr const char* kSystem = "os.system is not on the list";

TEST_F(UnsafePickleTest, RefusesSystemByName) {
  ExpectUnsafe(Dict(Text("a") + Call(Global("os", "system"), Text(Command()))), "a", kSystem);
}

TEST_F(UnsafePickleTest, RefusesSystemUnderPosix) {
  ExpectUnsafe(Call(Global("posix", "system"), Text(Command())), "", "posix.system is not on");
}

TEST_F(UnsafePickleTest, RefusesSystemFromTheStack) {
  ExpectUnsafe(Dict(Text("a") + Call(Text("os") + Text("system") + "\x93", Text(Command()))), "a",
               kSystem);
}

TEST_F(UnsafePickleTest, RefusesSystemAsAnOldInstance) {
  ExpectUnsafe(Dict(Text("a") + "(" + Text(Command()) + "ios\nsystem\n"), "a", kSystem);
}

TEST_F(UnsafePickleTest, RefusesSystemAsAnOldObject) {
  ExpectUnsafe(Dict(Text("a") + "(" + Global("os", "system") + Text(Command()) + "o"), "a",
               kSystem);
}

TEST_F(UnsafePickleTest, RefusesSystemAsANewObject) {
  const std::string made = Global("os", "system") + Tuple(Text(Command()));
  ExpectUnsafe(Dict(Text("a") + made + "\x81"), "a", kSystem);
  ExpectUnsafe(Dict(Text("a") + made + "}\x92"), "a", kSystem);
}

TEST_F(UnsafePickleTest, RefusesSystemThroughCopyreg) {
  ExpectUnsafe(Dict(Text("a") + Call(Global("copyreg", "_reconstructor"),
                                     Global("os", "system") + Global("builtins", "object") + "N")),
               "a", kSystem);
  ExpectUnsafe(
      Dict(Text("a") + Call(Global("copy_reg", "_reconstructor"),
                            Global("os", "system") + Global("__builtin__", "object") + "N")),
      "a", kSystem);
}

TEST_F(UnsafePickleTest, NamesTheKeyWithItsSlashEscaped) {
  const std::string inner = Dict(Text("a/b") + Call(Global("os", "system"), Text(Command())));
  ExpectUnsafe(Dict(Text("x") + inner), "x/a\\/b", kSystem);
}

TEST_F(UnsafePickleTest, NamesThePlaceInAList) {
  ExpectUnsafe(Dict(Text("x") + List("N" + Call(Global("os", "system"), Text(Command())))), "x/1",
               kSystem);
}

TEST_F(UnsafePickleTest, RefusesAnExtensionCodeOfAnyWidth) {
  ExpectUnsafe(Dict(Text("a") + "\x82\x07"), "a", "copyreg.extension 7 is not on the list");
  ExpectUnsafe(Dict(Text("a") + "\x83" + Bytes(std::uint16_t{700})), "a",
               "copyreg.extension 700 is not on the list");
  ExpectUnsafe(Dict(Text("a") + "\x84" + Bytes(std::uint32_t{70000})), "a",
               "copyreg.extension 70000 is not on the list");
}

TEST_F(UnsafePickleTest, RefusesWhatAFunctionReturnsToBeCalled) {
  const std::string getter = Call(Global("builtins", "getattr"), Text("x") + Text("y"));
  ExpectUnsafe(Dict(Text("a") + Call(getter, "")), "a", "builtins.getattr is not on the list");
}

TEST_F(UnsafePickleTest, RefusesClassesThatAreListedOnlyAsFactories) {
  ExpectUnsafe(Dict(Text("a") + Call(Global("builtins", "int"), Text("7"))), "a",
               "builtins.int is not on the list");
}

TEST_F(UnsafePickleTest, ShowsNamesWithControlCharactersEscaped) {
  ExpectUnsafe(Dict(Text("a") + Text("o\x1b[31m") + Text("s") + "\x93"), "a", "o\\x1b[31m.s");
}

TEST_F(UnsafePickleTest, CutsNamesThatAreEndless) {
  const Error error = faults::ErrorOf(
      [&] { ConvertPickle(Done(Dict(Text("a") + Global(std::string(1000000, 'm'), "n")))); });
  EXPECT_EQ(error.code(), ErrorCode::kUnsafe);
  EXPECT_LT(std::string(error.what()).size(), 1000u);
}

TEST_F(UnsafePickleTest, RecognizesAWholeModuleByItsParts) {
  const std::string state = Dict(Text("_parameters") + "}" + Text("_modules") + "}");
  const std::string module = Global("mine", "Net") + ")\x81" + state + "b";
  ExpectUnsafe(module, "", "this file holds a whole module, not a state_dict");
}

TEST_F(UnsafePickleTest, ReadsTheClassOfAnOldModuleWithItsSource) {
  const std::string id = Tuple(Text("module") + Global("mine", "Net") + Text("f.py") + Text("src"));
  ExpectUnsafe(Dict(Text("net") + id + "Q)\x81"), "net", "mine.Net is not on the list");
}

TEST_F(UnsafePickleTest, LeavesTheEntryOutOnRequest) {
  const std::string bad = Call(Global("os", "system"), Text(Command()));
  const std::string keyed = Dict(bad + "N" + Text("kept") + "\x88");
  const auto report = ConvertPickle(
      Done(Dict(Text("a/b") + bad + Text("list") + List(List(bad)) + Text("keyed") + keyed)),
      {.skip_unknown = true});
  ASSERT_EQ(report.skipped.size(), 3u);
  EXPECT_EQ(report.skipped[0].path, "a\\/b");
  EXPECT_EQ(report.skipped[0].reason, kSystem);
  EXPECT_EQ(report.skipped[1].path, "list");
  EXPECT_EQ(report.skipped[2].path, "keyed/\\#?");
  const Reader reader = Reader::Open(scratch_ / "out.stone");
  ASSERT_EQ(reader.entry_count(), 1u);
  EXPECT_EQ(reader.ReadValue("keyed"), (Value{{"kept", true}}));
  EXPECT_FALSE(std::filesystem::exists(scratch_ / "ran"));
}

TEST_F(UnsafePickleTest, RefusesARootThatCannotBeLeftOut) {
  faults::WriteWhole(scratch_ / "in.pt",
                     BuildZip(CheckpointParts(Done(Call(Global("os", "system"), "N")))));
  const Error error = faults::ErrorOf(
      [&] { ConvertPt(scratch_ / "in.pt", scratch_ / "out.stone", {.skip_unknown = true}); });
  EXPECT_EQ(error.code(), ErrorCode::kUnsafe);
  EXPECT_NE(std::string(error.what()).find(kSystem), std::string::npos);
}

}  // namespace
}  // namespace statestone
