// Pickles that are wrong in themselves: one typed error each, with the place.
#include "tests/interop/hostile_fixture.h"

namespace statestone {
namespace {

using pk::Call;
using pk::Dict;
using pk::Done;
using pk::Global;
using pk::Int;
using pk::List;
using pk::SmallTensor;
using pk::Storage;
using pk::Tensor;
using pk::Text;
using pk::Tuple;

constexpr ErrorCode kCorrupt = ErrorCode::kCorrupt;
constexpr ErrorCode kLimit = ErrorCode::kLimit;

class MalformedPickleTest : public HandMadePtTest {};

TEST_F(MalformedPickleTest, RefusesAnUnknownInstructionWithItsOffset) {
  const Error error = faults::ErrorOf([&] { ConvertPickle(pk::Proto(2) + "N\xFE."); });
  EXPECT_EQ(error.code(), kCorrupt);
  EXPECT_NE(std::string(error.what()).find("byte 254"), std::string::npos) << error.what();
  // A local header of 30 bytes and the name archive/data.pkl come before the pickle's fourth byte.
  EXPECT_EQ(error.fields().offset, 30u + 16 + 3);
}

TEST_F(MalformedPickleTest, RefusesOneWithoutEnd) {
  ExpectPickleRefused(pk::Proto(2) + "N", kCorrupt, "", "ends inside an object");
  ExpectPickleRefused("", kCorrupt, "", "ends inside an object");
  ExpectPickleRefused(pk::Proto(2) + "cos\nsystem", kCorrupt, "", "inside a line");
}

TEST_F(MalformedPickleTest, RefusesTooFewObjects) {
  for (const char* pickle : {".", "a.", "\x85.", "N\x86.", "0.", "2.", "R.", "b.", "(.", "Ns.",
                             "\x93.", "q\x01.", "\x94.", "Q."}) {
    ExpectPickleRefused(pickle, kCorrupt, "", "needs more objects than there are");
  }
  ExpectPickleRefused("(o.", kCorrupt, "", "without naming its class");
}

TEST_F(MalformedPickleTest, RefusesInstructionsWithoutTheirMark) {
  for (const char* pickle : {"t.", "]e.", "}u.", "l.", "d.", "1.", "\x8f\x90.", "\x91.", "o."}) {
    ExpectPickleRefused(pickle, kCorrupt, "", "needs a mark that is not there");
  }
}

TEST_F(MalformedPickleTest, RefusesObjectsThatAreLeftOver) {
  ExpectPickleRefused("NN.", kCorrupt, "", "objects that it did not use");
  ExpectPickleRefused("N(N.", kCorrupt, "", "objects that it did not use");
}

TEST_F(MalformedPickleTest, RefusesNumbersThatWereNotGiven) {
  ExpectPickleRefused("h\x05.", kCorrupt, "", "number 5");
  ExpectPickleRefused("Nq\x01h\x02.", kCorrupt, "", "number 2");
  ExpectPickleRefused("Np-1\n.", kCorrupt, "", "numbers an object with something else");
  ExpectPickleRefused("j" + Bytes(0xFFFFFFFFu) + ".", kCorrupt, "", "number 4294967295");
}

TEST_F(MalformedPickleTest, RefusesLengthsBeyondThePickle) {
  for (const std::uint64_t size :
       {std::uint64_t{1} << 31, std::uint64_t{1} << 63, ~std::uint64_t{0}}) {
    for (const char* opcode : {"\x8d", "\x8e", "\x96"}) {
      ExpectPickleRefused(opcode + Bytes(size) + "N.", kCorrupt, "",
                          std::to_string(size) + " more bytes");
    }
    ExpectPickleRefused("\x95" + Bytes(size) + "N.", kCorrupt, "", "longer than the pickle");
  }
  for (const char* opcode : {"X", "B", "T", "\x8b"}) {
    ExpectPickleRefused(opcode + Bytes(0x80000000u) + "N.", kCorrupt, "", "2147483648 more bytes");
  }
}

TEST_F(MalformedPickleTest, RefusesANewerProtocol) {
  ExpectPickleRefused(pk::Proto(6) + "N.", ErrorCode::kUnsupported, "", "newer protocol");
}

TEST_F(MalformedPickleTest, RefusesWrongTargets) {
  ExpectPickleRefused(Done("}Na"), kCorrupt, "", "takes none");
  ExpectPickleRefused(Done("]NNs"), kCorrupt, "", "takes none");
  ExpectPickleRefused(Done("](N\x90"), kCorrupt, "", "takes none");
  ExpectPickleRefused(Done("}(Nu"), kCorrupt, "", "key without value");
  ExpectPickleRefused(Done("(Nd"), kCorrupt, "", "key without value");
  ExpectPickleRefused(Done("]Nb"), kCorrupt, "", "that has none");
  ExpectPickleRefused(Done("N)R"), kCorrupt, "", "neither a class nor a function");
  ExpectPickleRefused(Done(Global("collections", "OrderedDict") + "NR"), kCorrupt, "",
                      "not a tuple");
  ExpectPickleRefused(Done("NN\x93"), kCorrupt, "", "no text");
}

TEST_F(MalformedPickleTest, RefusesPersistentIdsOfAnotherShape) {
  ExpectPickleRefused(Done("NQ"), kCorrupt, "", "does not write");
  ExpectPickleRefused(Done(Tuple(Text("storage") + "N") + "Q"), kCorrupt, "", "does not write");
  ExpectPickleRefused(Done(Tuple(Text("other") + "NNNN") + "Q"), kCorrupt, "", "does not write");
  ExpectPickleRefused(Done("Pname\n"), kCorrupt, "", "does not write");
  ExpectPickleRefused(Done("\x97"), kCorrupt, "", "does not write");
}

TEST_F(MalformedPickleTest, RefusesMalformedLiterals) {
  for (const char* literal : {"I1x\n", "I\n", "L-\n", "F1.5x\n", "F\n", "S'a\n", "Sa\n", "S'\\q'\n",
                              "V\\u12\n", "V\\U00110000\n"}) {
    ExpectPickleRefused(Done(literal), kCorrupt, "", "malformed");
  }
}

TEST_F(MalformedPickleTest, ReadsLiteralsOfOldProtocols) {
  EXPECT_EQ(ValueOf("I-12\n"), Value(-12));
  EXPECT_EQ(ValueOf("I01\n"), Value(true));
  EXPECT_EQ(ValueOf("L123456789012345678L\n"), Value(123456789012345678));
  EXPECT_EQ(ValueOf("L9223372036854775808L\n"), Value(9223372036854775808ull));
  EXPECT_EQ(ValueOf("L-9223372036854775809L\n").kind(), ValueKind::kBigInt);
  EXPECT_EQ(ValueOf("F-1.5e3\n"), Value(-1500.0));
  EXPECT_EQ(ValueOf("S'a\\x41\\101\\n\\''\n"), Value("aAA\n'"));
  EXPECT_EQ(ValueOf("V\\u00e9\xe9\\\n"), Value("\u00e9\u00e9\\"));
  EXPECT_EQ(ValueOf("T" + Bytes(3) + "old"), Value("old"));
  EXPECT_EQ(ValueOf("U\x03old"), Value("old"));
  EXPECT_EQ(ValueOf("(I1\nI2\nl"), Value::List({1, 2}));
  EXPECT_EQ(ValueOf("(NI2\nd").kind(), ValueKind::kMap);
}

TEST_F(MalformedPickleTest, ReadsEveryEscapeOfOldStrings) {
  ExpectPickleRefused(Done("S'\\x4G'\n"), kCorrupt, "", "malformed");
  EXPECT_EQ(ValueOf("S'\\a\\b\\f\\r\\t\\v\\x4A\\x4a'\n"), Value("\a\b\f\r\t\vJJ"));
}

TEST_F(MalformedPickleTest, RefusesLoneSurrogatesOfOldTexts) {
  ExpectPickleRefused(Done(Dict(Text("x") + "V\\ud800\n")), ErrorCode::kUnrepresentable, "x",
                      "lone surrogates");
}

TEST_F(MalformedPickleTest, DropsAndNumbersObjectsAsOldPicklersDid) {
  EXPECT_EQ(ValueOf("(NN1" + Int(7)), Value(7)) << "to the mark";
  EXPECT_EQ(ValueOf("(0" + Int(7)), Value(7)) << "the mark itself";
  EXPECT_EQ(ValueOf("(Np5\ng5\nt"), Value::Tuple({nullptr, nullptr}));
  EXPECT_EQ(ValueOf("(Np1\n" + Int(3) + "p1\ng1\nt"), Value::Tuple({nullptr, 3, 3}));
}

TEST_F(MalformedPickleTest, RefusesAnIntegerOfTooManyDigits) {
  ExpectPickleRefused(Done("L" + std::string(5000, '7') + "L\n"), kLimit, "", "too long");
}

TEST_F(MalformedPickleTest, SurvivesNestingOfMarksAndLists) {
  ExpectPickleRefused(std::string(1000000, '('), kCorrupt, "", "ends inside");
  std::string lists;
  for (int i = 0; i < 200000; ++i) lists += ']';
  ExpectPickleRefused(
      lists + std::string(199999, 'a') + ".", kLimit,
      "0" +
          [] {
            std::string path;
            for (int i = 1; i < 64; ++i) path += "/0";
            return path;
          }(),
      "nested too deep");
}

TEST_F(MalformedPickleTest, SurvivesAMemoOfScatteredNumbers) {
  std::string pickle;
  for (std::uint32_t i = 1; i < 20000; ++i) pickle += "Nr" + Bytes(i * 200000u) + "0";
  EXPECT_EQ((ConvertPickle(pickle + "K\x05."), Reader::Open(scratch_ / "out.stone").ReadValue("")),
            Value(5));
}

TEST_F(MalformedPickleTest, RefusesTuplesThatDouble) {
  std::string pickle = ")";
  for (int i = 0; i < 60; ++i) pickle += "2\x86";
  ExpectPickleRefused(
      Done(Dict(Text("a") + pickle)), kLimit,
      [&] {
        return faults::ErrorOf([&] { ConvertPickle(Done(Dict(Text("a") + pickle))); })
            .fields()
            .entry;
      }(),
      "refers to the same containers too often");
}

TEST_F(MalformedPickleTest, RefusesTextsThatMultiply) {
  std::string pickle = Text(std::string(1 << 20, 'x')) + "q\x01" + "0](";
  for (int i = 0; i < 200; ++i) pickle += "h\x01";
  ExpectPickleRefused(Done(pickle + "e"), kLimit, "65", "texts of the pickle are too large");
}

TEST_F(MalformedPickleTest, RefusesCyclesWithTheirPath) {
  ExpectPickleRefused(Done("]q\x01(" + Int(1) + "h\x01" + "e"), ErrorCode::kUnrepresentable, "1",
                      "holds itself");
}

TEST_F(MalformedPickleTest, KeepsTheLaterOfTwoValuesOfAKey) {
  EXPECT_EQ(ValueOf(List(Dict(Text("a") + Int(1) + Text("b") + Int(2) + Text("a") + Int(3)))),
            Value::List({Value{{"a", 3}, {"b", 2}}}));
}

TEST_F(MalformedPickleTest, ReadsAnOldOrderedDictFromItsPairs) {
  ExpectPickleRefused(Done(Call(Global("collections", "OrderedDict"), List("N"))), kCorrupt, "",
                      "no list of pairs");
  const std::string pairs = List(List(Text("a") + Int(1)) + Tuple(Text("b") + Int(2)));
  EXPECT_EQ(ValueOf(Call(Global("collections", "OrderedDict"), pairs)),
            Value::OrderedMap({{"a", 1}, {"b", 2}}));
}

class MalformedTensorTest : public HandMadePtTest {
 protected:
  void ExpectTensorRefused(const std::string& tensor, ErrorCode code, const std::string& text) {
    ExpectPickleRefused(Done(Dict(Text("x") + tensor)), code, "x", text);
  }
};

TEST_F(MalformedTensorTest, ReadsAGoodOne) {
  EXPECT_EQ(ValueOf(SmallTensor()).kind(), ValueKind::kTensor);
}

TEST_F(MalformedTensorTest, RefusesAStorageThatIsNotOfItsSize) {
  for (const int elements : {0, 3, 5, 0x7FFFFFFF}) {
    ExpectTensorRefused(Tensor(Storage("FloatStorage", "0", elements), Int(0), Int(1), Int(1)),
                        kCorrupt, "not of its storage's size");
  }
}

TEST_F(MalformedTensorTest, RefusesAStorageWithoutRecord) {
  ExpectTensorRefused(Tensor(Storage("FloatStorage", "../0", 4), Int(0), Int(4), Int(1)), kCorrupt,
                      "data/../0");
}

TEST_F(MalformedTensorTest, RefusesViewsThatReachOutside) {
  const std::string storage = Storage("FloatStorage", "0", 4);
  ExpectTensorRefused(Tensor(storage, Int(0), Int(5), Int(1)), kCorrupt, "outside of its storage");
  ExpectTensorRefused(Tensor(storage, Int(1), Int(4), Int(1)), kCorrupt, "outside of its storage");
  ExpectTensorRefused(Tensor(storage, Int(0), Int(3), Int(2)), kCorrupt, "outside of its storage");
  const std::string huge = "\x8a\x08" + Bytes(std::uint64_t{1} << 62);
  ExpectTensorRefused(Tensor(storage, huge, Int(1), Int(1)), kCorrupt, "outside of its storage");
}

TEST_F(MalformedTensorTest, RefusesNegativeNumbers) {
  const std::string storage = Storage("FloatStorage", "0", 4);
  ExpectTensorRefused(Tensor(storage, Int(0), Int(4), Int(-1)), kCorrupt, "a stride is negative");
  ExpectTensorRefused(Tensor(storage, Int(0), Int(-4), Int(1)), kCorrupt,
                      "a dimension is negative");
  ExpectTensorRefused(Tensor(storage, Int(-1), Int(1), Int(1)), kCorrupt, "its offset is negative");
}

TEST_F(MalformedTensorTest, RefusesShapesThatOverflow) {
  const std::string storage = Storage("FloatStorage", "0", 4);
  const std::string big = "\x8a\x08" + Bytes(std::uint64_t{1} << 62);
  ExpectTensorRefused(Tensor(storage, Int(0), big + big + big, Int(0) + Int(0) + Int(0)), kCorrupt,
                      "beyond any memory");
  ExpectTensorRefused(Tensor(storage, Int(0), Int(3), big), kCorrupt, "beyond any memory");
  ExpectTensorRefused(Tensor(storage, Int(0), "\x8a\x09" + std::string(9, '\x01'), Int(1)),
                      kCorrupt, "not an integer of 64 bits");
}

TEST_F(MalformedTensorTest, RefusesAsManyStridesAsNoDimensionHas) {
  const std::string storage = Storage("FloatStorage", "0", 4);
  ExpectTensorRefused(Tensor(storage, Int(0), Int(4), ""), kCorrupt, "as many strides");
  std::string ones;
  for (int i = 0; i < 65; ++i) ones += Int(1);
  ExpectTensorRefused(Tensor(storage, Int(0), ones, ones), kLimit, "too many dimensions");
}

TEST_F(MalformedTensorTest, RefusesOtherArguments) {
  const std::string v2 = Global("torch._utils", "_rebuild_tensor_v2");
  ExpectTensorRefused(Call(v2, ""), kCorrupt, "wrong number of arguments");
  ExpectTensorRefused(Call(v2, "NNNNNN"), kCorrupt, "is not a storage");
  ExpectTensorRefused(Call(Global("torch._utils", "_rebuild_parameter"), "N\x88N"), kCorrupt,
                      "its data is not a tensor");
  ExpectTensorRefused(Tensor(Tuple(Text("storage") + Global("torch", "float32") + Text("0") +
                                   Text("cpu") + Int(4)) +
                                 "Q",
                             Int(0), Int(4), Int(1)),
                      kCorrupt, "a class that is no storage");
}

TEST_F(MalformedTensorTest, RefusesTensorsWrappedTooDeeply) {
  std::string tensor = SmallTensor();
  for (int i = 0; i < 2000; ++i) {
    tensor = Call(Global("torch._utils", "_rebuild_parameter"), tensor + "\x88N");
  }
  ExpectTensorRefused(tensor, kCorrupt, "wrapped in each other too deeply");
}

TEST_F(MalformedTensorTest, KeepsAnExpandedTensorSmall) {
  const std::string storage = Storage("FloatStorage", "0", 4);
  ConvertPickle(Done(Dict(Text("x") + Tensor(storage, Int(0), Int(1 << 29), Int(0)))));
  EXPECT_LT(std::filesystem::file_size(scratch_ / "out.stone"), 4096u);
}

TEST_F(MalformedTensorTest, RefusesOneExpandedBeyondReason) {
  const std::string dim = "\x8a\x07" + Bytes(std::uint64_t{1} << 50).substr(0, 7);
  ExpectTensorRefused(Tensor(Storage("FloatStorage", "0", 4), Int(0), dim, Int(0)), kLimit,
                      "expanded from");
}

TEST_F(MalformedTensorTest, RefusesNumPyDataOfAnotherSize) {
  const std::string dtype = Call(Global("numpy", "dtype"), Text("f4") + "\x89\x88");
  ExpectTensorRefused(Call(Global("numpy.core.multiarray", "scalar"), dtype + "C\x03" + "abc"),
                      kCorrupt, "of its size");
  const std::string from = Global("numpy.core.numeric", "_frombuffer");
  ExpectTensorRefused(Call(from, "C\x04" + std::string("abcd") + dtype + Tuple(Int(2)) + Text("C")),
                      kCorrupt, "not of the size of its shape");
  const std::string big = "\x8a\x08" + Bytes(std::uint64_t{1} << 62);
  ExpectTensorRefused(Call(from, std::string("C\0", 2) + dtype + Tuple(big + big) + Text("C")),
                      kCorrupt, "not of the size of its shape");
  ExpectTensorRefused(Call(from, "C\x04" + std::string("abcd") + dtype + Tuple(Int(1)) + Text("K")),
                      kCorrupt, "neither C nor F");
}

}  // namespace
}  // namespace statestone
