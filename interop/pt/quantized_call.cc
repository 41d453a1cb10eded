#include "interop/pt/quantized_call.h"

#include "codec/check/require.h"
#include "interop/pt/call_arguments.h"
#include "interop/pt/refusal.h"
#include "interop/pt/tensor_call.h"

namespace statestone::pt {
namespace {

using pickle::Kind;
using pickle::Listed;
using pickle::ObjectId;

// The place of the tuple with scheme, scale and zero point among the arguments.
constexpr std::size_t kParameters = 4;

constexpr std::size_t kTorch = 6;  // "torch."

ObjectId TensorAt(const pickle::Pickle& pickle, const CallArguments& parameters, std::size_t i) {
  const ObjectId id = parameters.at(i);
  Require(CheckSite::kPtQuantized, IsTensorCall(pickle.objects, id),
          [&] { return parameters.Corrupt("scales or zero points are no tensor"); });
  return id;
}

}  // namespace

bool AreChannels(DType dtype, std::span<const std::uint64_t> shape,
                 std::span<const std::uint64_t> elements, std::uint64_t axis) {
  const bool numbers = dtype == DType::kFloat32 || dtype == DType::kFloat64 ||
                       dtype == DType::kInt32 || dtype == DType::kInt64;
  return numbers && axis < elements.size() && shape.size() == 1 && shape[0] == elements[axis];
}

bool IsQuantizedCall(const pickle::ObjectStore& objects, ObjectId id) {
  return Callee(objects, id) == Listed::kRebuildQuantized;
}

QuantizedSpec ReadQuantizedCall(const pickle::Pickle& pickle, ObjectId call) {
  const CallArguments args(pickle, call);
  const CallArguments parameters(pickle, args.at(kParameters), args.call_offset(), "a quantizer");
  Require(CheckSite::kPtQuantized, parameters.Global(0) == Listed::kQScheme,
          [&] { return parameters.Corrupt("its scheme is no scheme"); });
  const auto row = static_cast<std::uint32_t>(pickle.objects[parameters.at(0)].integer);
  QuantizedSpec spec{.scheme = pickle::GlobalAt(row).name.substr(kTorch)};
  if (spec.scheme == "per_tensor_affine") {
    parameters.RequireCount(3, 3);
    const bool number = pickle.objects.Is(parameters.at(1), Kind::kFloat) &&
                        pickle.objects.Is(parameters.at(2), Kind::kInt);
    Require(CheckSite::kPtQuantized, number,
            [&] { return parameters.Corrupt("scale or zero point is no number"); });
    spec.scale = pickle.objects[parameters.at(1)].real;
    spec.zero_point = pickle.objects[parameters.at(2)].integer;
    return spec;
  }
  const bool per_channel =
      spec.scheme == "per_channel_affine" || spec.scheme == "per_channel_affine_float_qparams";
  Require(CheckSite::kPtQuantized, per_channel, [&] {
    return Unrepresentable("a quantized tensor of the scheme " + std::string(spec.scheme),
                           "dequantize it, or save x.int_repr() with its scale");
  });
  parameters.RequireCount(4, 4);
  spec.scales = TensorAt(pickle, parameters, 1);
  spec.zero_points = TensorAt(pickle, parameters, 2);
  spec.axis = parameters.Unsigned(3, "the axis");
  return spec;
}

}  // namespace statestone::pt
