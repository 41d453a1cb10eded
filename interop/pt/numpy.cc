#include "interop/pt/numpy.h"

#include <algorithm>
#include <array>
#include <optional>

#include "codec/bytes/checked.h"
#include "codec/check/require.h"
#include "interop/pickle/literals.h"
#include "interop/pt/call_arguments.h"
#include "interop/pt/refusal.h"
#include "statestone/limits.h"

namespace statestone::pt {

using pickle::Kind;
using pickle::Listed;
using pickle::ObjectId;
using pickle::ObjectStore;

namespace {

struct TypeCode {
  std::string_view code;  // kind and bytes, as numpy spells them
  DType dtype;
};

constexpr std::array<TypeCode, 14> kTypeCodes = {{
    {"b1", DType::kBool},
    {"i1", DType::kInt8},
    {"i2", DType::kInt16},
    {"i4", DType::kInt32},
    {"i8", DType::kInt64},
    {"u1", DType::kUInt8},
    {"u2", DType::kUInt16},
    {"u4", DType::kUInt32},
    {"u8", DType::kUInt64},
    {"f2", DType::kFloat16},
    {"f4", DType::kFloat32},
    {"f8", DType::kFloat64},
    {"c8", DType::kComplex64},
    {"c16", DType::kComplex128},
}};

// Nesting of an array's data in calls that only wrap bytes.
constexpr int kWrappers = 4;

ObjectId State(const ObjectStore& objects, ObjectId call) { return objects[call].call.state; }

// dtype('f4', False, True), then a state (3, '<', None, ...) that has the byte order.
DType ReadDType(const pickle::Pickle& pickle, ObjectId id, const CallArguments& user) {
  Require(CheckSite::kPickleArguments, Callee(pickle.objects, id) == Listed::kNumpyDType,
          [&] { return user.Corrupt("its dtype is not a NumPy dtype"); });
  const CallArguments args(pickle, id);
  args.RequireCount(1, 3);
  const std::string_view code = args.String(0);
  const auto known = std::ranges::find(kTypeCodes, code, &TypeCode::code);
  Require(CheckSite::kPtNumpyType, known != kTypeCodes.end(), [&] {
    return Unrepresentable("NumPy data of type " + std::string(code.substr(0, 40)),
                           "save plain numbers: x.tolist(), or torch.from_numpy(x)");
  });
  std::string_view order = "<";
  if (const ObjectId state = State(pickle.objects, id); state != pickle::kNoObject) {
    const CallArguments members(pickle, state, args.call_offset(), "a NumPy dtype's state");
    order = members.String(1);
  }
  const bool little = order == "<" || order == "|" || order == "=";
  Require(CheckSite::kPtNumpyOrder, little, [&] {
    return Unrepresentable("big-endian NumPy data",
                           "save x.astype(x.dtype.newbyteorder('<')) instead");
  });
  return known->dtype;
}

bool IsBytes(const ObjectStore& objects, ObjectId id) {
  return objects.Is(id, Kind::kBytes) || objects.Is(id, Kind::kByteArray) ||
         objects.Is(id, Kind::kOldString);
}

void CheckArray(const pickle::Pickle& pickle, const CallArguments& args, const NumpyArray& array) {
  Require(CheckSite::kPtNumpyData, array.shape.size() <= limits::kRank,
          [&] { return args.Corrupt("an array with more than 64 dimensions"); });
  // A list in place of bytes is how NumPy keeps Python objects.
  Require(CheckSite::kPtNumpyData, IsBytes(pickle.objects, array.data),
          [&] { return args.Corrupt("the data of the array is not bytes"); });
}

NumpyArray ReadReconstructed(const pickle::Pickle& pickle, ObjectId call) {
  const CallArguments args(pickle, call);
  const ObjectId state = State(pickle.objects, call);
  Require(CheckSite::kPtNumpyData, state != pickle::kNoObject,
          [&] { return args.Corrupt("an array without data"); });
  args.RequireCount(3, 3);
  Require(CheckSite::kPtSubclass, ListedAs(pickle.objects, args.at(0)) == Listed::kNumpyArrayClass,
          [&] {
            return Unrepresentable(
                "an array of the class " + UnlistedName(pickle.objects, args.at(0)),
                "save numpy.asarray(x) instead");
          });
  const CallArguments members(pickle, state, args.call_offset(), "a NumPy array's state");
  members.RequireCount(5, 5);
  NumpyArray array;
  array.shape = members.Sizes(1, "a dimension");
  array.dtype = ReadDType(pickle, members.at(2), members);
  array.fortran = members.Bool(3);
  array.data = members.at(4);
  CheckArray(pickle, members, array);
  return array;
}

// (data, dtype, shape, 'C' or 'F')
NumpyArray ReadFromBuffer(const pickle::Pickle& pickle, ObjectId call) {
  const CallArguments args(pickle, call);
  args.RequireCount(4, 4);
  NumpyArray array;
  array.data = args.at(0);
  array.dtype = ReadDType(pickle, args.at(1), args);
  array.shape = args.Sizes(2, "a dimension");
  const std::string_view order = args.String(3);
  Require(CheckSite::kPtNumpyData, order == "C" || order == "F",
          [&] { return args.Corrupt("an order that is neither C nor F"); });
  array.fortran = order == "F";
  CheckArray(pickle, args, array);
  return array;
}

}  // namespace

std::string_view NumpyTypeCode(DType dtype) noexcept {
  const auto* row = std::ranges::find(kTypeCodes, dtype, &TypeCode::dtype);
  return row == kTypeCodes.end() ? std::string_view() : row->code;
}

bool IsNumpyScalar(const ObjectStore& objects, ObjectId id) {
  return Callee(objects, id) == Listed::kNumpyScalar;
}

bool IsNumpyArray(const ObjectStore& objects, ObjectId id) {
  const auto callee = Callee(objects, id);
  return callee == Listed::kNumpyReconstruct || callee == Listed::kNumpyFromBuffer;
}

NumpyScalar ReadNumpyScalar(const pickle::Pickle& pickle, ObjectId call) {
  const CallArguments args(pickle, call);
  args.RequireCount(2, 2);
  NumpyScalar scalar{.dtype = ReadDType(pickle, args.at(0), args)};
  const std::uint64_t size = ElementBytes(scalar.dtype);
  Require(CheckSite::kPtNumpyData,
          IsBytes(pickle.objects, args.at(1)) && BytesBound(pickle.objects, args.at(1)) <= 2 * size,
          [&] { return args.Corrupt("the data of the scalar is not bytes of its size"); });
  scalar.element = BytesOf(pickle, args.at(1));
  Require(CheckSite::kPtNumpyData, scalar.element.size() == size, [&] {
    return args.Corrupt("the data of the scalar is not of its size", std::to_string(size),
                        std::to_string(scalar.element.size()));
  });
  return scalar;
}

NumpyArray ReadNumpyArray(const pickle::Pickle& pickle, ObjectId call) {
  return Callee(pickle.objects, call) == Listed::kNumpyFromBuffer ? ReadFromBuffer(pickle, call)
                                                                  : ReadReconstructed(pickle, call);
}

std::string BytesOf(const pickle::Pickle& pickle, ObjectId id) {
  bool latin1 = false;
  for (int i = 0; i < kWrappers && !latin1; ++i) {
    const pickle::Object& object = pickle.objects[id];
    if (object.kind != Kind::kBytes && object.kind != Kind::kByteArray) break;
    if (object.source == pickle::kNoObject) break;
    id = object.source;
    latin1 = pickle.objects.Is(id, Kind::kString);
  }
  const std::string_view text = pickle.objects.Text(id);
  if (!latin1) return std::string(text);
  auto bytes = pickle::Latin1Bytes(text);
  Require(CheckSite::kPtLatin1, bytes.has_value(), [] {
    return Error(ErrorCode::kCorrupt,
                 {.problem = "bytes written as text hold characters that are no bytes",
                  .advice = "the pickle of this checkpoint is damaged: copy the file again"});
  });
  return std::move(bytes).value_or(std::string());
}

std::uint64_t BytesBound(const ObjectStore& objects, ObjectId id) {
  for (int i = 0; i < kWrappers; ++i) {
    const pickle::Object& object = objects[id];
    if (object.kind != Kind::kBytes && object.kind != Kind::kByteArray) break;
    if (object.source == pickle::kNoObject) break;
    id = object.source;
  }
  return objects.Text(id).size();
}

}  // namespace statestone::pt
