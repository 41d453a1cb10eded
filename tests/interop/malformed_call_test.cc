// Calls in pickles, of classes and functions that are on the list: what they take, and what not.
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
using pk::Text;
using pk::Tuple;

constexpr ErrorCode kCorrupt = ErrorCode::kCorrupt;
constexpr ErrorCode kUnrepresentable = ErrorCode::kUnrepresentable;

class MalformedCallTest : public HandMadePtTest {
 protected:
  void ExpectValueRefused(const std::string& object, ErrorCode code, const std::string& text) {
    ExpectPickleRefused(Done(Dict(Text("x") + object)), code, "x", text);
  }
};

TEST_F(MalformedCallTest, RefusesContainersMadeFromWhatIsNone) {
  const std::string ordered = Global("collections", "OrderedDict");
  ExpectValueRefused(Call(ordered, Int(5)), kCorrupt, "made from something that is no dict");
  ExpectValueRefused(Call(ordered, Text("ab")), kCorrupt, "made from something that is no dict");
  ExpectValueRefused(Call(Global("builtins", "set"), Int(5)), kCorrupt,
                     "made from something that is no list");
  ExpectValueRefused(Call(Global("builtins", "frozenset"), Dict("")), kCorrupt,
                     "made from something that is no list");
}

TEST_F(MalformedCallTest, RefusesContainersMadeFromEachOtherTooDeeply) {
  const std::string ordered = Global("collections", "OrderedDict");
  std::string dict = Dict(Text("a") + Int(1));
  for (int i = 0; i < 3; ++i) dict = Call(ordered, dict);
  ExpectValueRefused(Call(ordered, dict), kCorrupt, "made from each other too deeply");
  EXPECT_EQ(ValueOf(dict), Value::OrderedMap({{"a", 1}}));
}

TEST_F(MalformedCallTest, RefusesArgumentsThatAClassDoesNotTake) {
  const std::string complex = Global("builtins", "complex");
  const std::string refused = "complex with arguments that it does not take";
  for (const std::string& arguments : {Int(1), Int(1) + Text("2"), Int(1) + Int(2) + Int(3)}) {
    ExpectPickleRefused(Done(Call(complex, arguments)), kCorrupt, "", refused);
  }
  ExpectPickleRefused(Done(Call(Global("builtins", "bytes"), Int(5))), kCorrupt, "",
                      "bytes or bytearray with arguments");
  ExpectPickleRefused(Done(Call(Global("builtins", "bytearray"), Text("a") + Text("utf-8"))),
                      kCorrupt, "", "an encoding with arguments");
  EXPECT_EQ(ValueOf(Call(complex, Int(1) + Int(-2))), Value::Complex({1, -2}));
}

TEST_F(MalformedCallTest, RefusesKeywordsForAListedClass) {
  const std::string ordered = Global("collections", "OrderedDict") + Tuple("");
  ExpectPickleRefused(Done(ordered + Dict(Text("a") + Int(1)) + "\x92"), kCorrupt, "",
                      "keyword arguments");
  EXPECT_EQ(ValueOf(ordered + Dict("") + "\x92"), Value::OrderedMap({}));
}

TEST_F(MalformedCallTest, RefusesAnOrderedDictWithSlots) {
  ExpectValueRefused(pk::OrderedDict() + Tuple("N" + Dict(Text("slot") + Int(1))) + "b",
                     kUnrepresentable, "an OrderedDict with slots");
}

TEST_F(MalformedCallTest, RefusesKeysThatNoDictCanHave) {
  ExpectValueRefused(Dict(List("") + Int(1)), kUnrepresentable, "a key of kind list");
  ExpectValueRefused(Dict(Tuple(SmallTensor()) + Int(1)), kUnrepresentable, "a key of kind tuple");
}

TEST_F(MalformedCallTest, RefusesTextThatIsNoBytes) {
  const std::string encode = Global("_codecs", "encode");
  ExpectValueRefused(Call(encode, Text("a\u20ac") + Text("latin1")), kCorrupt,
                     "characters that are no bytes");
  EXPECT_EQ(ValueOf(Call(encode, Text("a\u00e9") + Text("latin1"))), Value::Bytes("a\xe9"));
}

TEST_F(MalformedCallTest, ReadsATensorOfAnotherDeviceFromItsCpuCopy) {
  const std::string rebuild = Global("torch._utils", "_rebuild_device_tensor_from_cpu_tensor");
  const std::string arguments = SmallTensor() + Global("torch", "float32") + Text("xla:0");
  ExpectValueRefused(Call(rebuild, arguments), kCorrupt, "wrong number of arguments");
  ExpectValueRefused(Call(rebuild, arguments + Int(1)), kCorrupt, "_rebuild_device_tensor");
  ConvertPickle(Done(List(Call(rebuild, arguments + "\x88"))));
  const Reader reader = Reader::Open(scratch_ / "out.stone");
  ASSERT_EQ(reader.tensor_count(), 1);
  EXPECT_EQ(reader.tensor({0}).elements, 4);
  EXPECT_TRUE(reader.tensor({0}).requires_grad);
}

TEST_F(MalformedCallTest, RefusesATensorWhoseElementsAreNotWhatIsStored) {
  const auto tensor = [](const std::string& metadata) {
    return Call(Global("torch._utils", "_rebuild_tensor_v2"),
                Storage("FloatStorage", "0", 4) + Int(0) + Tuple(Int(4)) + Tuple(Int(1)) + "\x89" +
                    pk::OrderedDict() + metadata);
  };
  ExpectValueRefused(tensor(Dict(Text("conj") + "\x88")), kUnrepresentable,
                     "a tensor whose conj bit is set; save x.resolve_conj()");
  ExpectValueRefused(tensor(Dict(Text("neg") + "\x88")), kUnrepresentable,
                     "a tensor whose neg bit is set; save x.resolve_neg()");
  ExpectValueRefused(tensor(Dict(Int(1) + "\x88")), kUnrepresentable, "whose unknown bit is set");
  ExpectValueRefused(tensor(Int(3)), kUnrepresentable, "metadata of an unknown kind");
  EXPECT_EQ(ValueOf(tensor(Dict(Text("conj") + "\x89"))).kind(), ValueKind::kTensor);
}

// An array as NumPy pickles it, of this class and this dtype, with this state of the dtype.
std::string Array(const std::string& of_class, const std::string& code, const std::string& order) {
  const std::string dtype = Call(Global("numpy", "dtype"), Text(code) + "\x89\x88") +
                            Tuple(Int(3) + Text(order) + "NNN" + Int(-1) + Int(-1) + Int(0)) + "b";
  return Call(Global("numpy._core.multiarray", "_reconstruct"),
              of_class + Tuple(Int(0)) + "C\x01" + "b") +
         Tuple(Int(1) + Tuple(Int(1)) + dtype + "\x89" + "C\x04" + "abcd") + "b";
}

TEST_F(MalformedCallTest, RefusesArraysOfOtherClassesTypesAndOrders) {
  const std::string ndarray = Global("numpy", "ndarray");
  ExpectValueRefused(Array(Global("numpy", "matrix"), "f4", "<"), kUnrepresentable,
                     "an array of the class numpy.matrix");
  ExpectValueRefused(Array(ndarray, "M8", "<"), kUnrepresentable, "NumPy data of type M8");
  ExpectValueRefused(Array(ndarray, "f4", ">"), kUnrepresentable, "big-endian NumPy data");
  EXPECT_EQ(ValueOf(Array(ndarray, "f4", "<")).kind(), ValueKind::kTensor);
}

}  // namespace
}  // namespace statestone
