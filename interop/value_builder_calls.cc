// The part of ValueBuilder that gives meaning to names and calls on the list.
#include <string>

#include "codec/check/require.h"
#include "interop/pt/call_arguments.h"
#include "interop/pt/numpy.h"
#include "interop/pt/refusal.h"
#include "interop/pt/sparse_call.h"
#include "interop/value_builder.h"

namespace statestone {

using pickle::Kind;
using pickle::Listed;
using pickle::ObjectId;

namespace {

const pickle::Global& RowOf(const pickle::ObjectStore& objects, ObjectId global) {
  return pickle::GlobalAt(static_cast<std::uint32_t>(objects[global].integer));
}

}  // namespace

// A class or function as a value of its own: dtypes are data, everything else is code.
Value ValueBuilder::BuildGlobal(ObjectId id) {
  const pickle::Global& row = RowOf(pickle_.objects, id);
  if (row.listed == Listed::kDType) return Value::DTypeName(std::string(row.dtype));
  Require(CheckSite::kPickleRefused, false, [&] {
    if (!row.what.empty()) return pt::Unrepresentable(row.what, row.advice);
    return pt::Unrepresentable("a class or function itself: " + std::string(row.name),
                               "save its name as a string");
  });
  return nullptr;
}

Value ValueBuilder::BuildCall(ObjectId id) {
  if (tensors_.IsTensor(id)) return Value::Tensor(tensors_.AddAnonymous(id, path_.Text()));
  if (pt::IsSparseCall(pickle_.objects, id)) return BuildSparse(id);
  if (pt::IsQuantizedCall(pickle_.objects, id)) return BuildQuantized(id);
  if (pt::IsNumpyScalar(pickle_.objects, id)) {
    pt::NumpyScalar scalar = pt::ReadNumpyScalar(pickle_, id);
    return Value::TypedScalar(scalar.dtype, std::move(scalar.element));
  }
  const pickle::Global& row = RowOf(pickle_.objects, pickle_.objects[id].source);
  switch (row.listed) {
    case Listed::kSize:
      return BuildSize(id);
    case Listed::kDevice:
      return BuildDevice(id);
    default:
      Require(CheckSite::kPickleRefused, row.listed != Listed::kNumpyDType, [] {
        return pt::Unrepresentable("a NumPy dtype by itself", "save x.name, a string, instead");
      });
      Require(CheckSite::kPickleRefused, false, [&] {
        return pt::Unrepresentable(row.what.empty() ? row.name : row.what,
                                   row.advice.empty() ? "save plain data instead" : row.advice);
      });
      return nullptr;
  }
}

Value ValueBuilder::BuildSize(ObjectId id) {
  const pt::CallArguments args(pickle_, id);
  args.RequireCount(1, 1);
  std::vector<Value> dims;
  const auto sizes = args.Sizes(0, "a dimension");
  budget_.SpendNodes(sizes.size());
  dims.reserve(sizes.size());
  for (const std::uint64_t dim : sizes) dims.emplace_back(static_cast<unsigned long long>(dim));
  return Value::Size(std::move(dims));
}

// ("cuda", 0), or "cuda:0" as a whole.
Value ValueBuilder::BuildDevice(ObjectId id) {
  const pt::CallArguments args(pickle_, id);
  args.RequireCount(1, 2);
  std::string device(args.String(0).substr(0, 100));
  if (args.size() == 2 && !pickle_.objects.Is(args.at(1), Kind::kNone)) {
    device += ':' + std::to_string(args.Unsigned(1, "a device's index"));
  }
  return Value::Device(std::move(device));
}

}  // namespace statestone
