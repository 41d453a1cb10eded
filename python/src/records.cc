#include "python/src/records.h"

#include <nanobind/stl/optional.h>
#include <nanobind/stl/pair.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/string_view.h>
#include <nanobind/stl/vector.h>

#include <new>
#include <string_view>

namespace statestone::python {
namespace {

DType DTypeOf(std::string_view name) {
  const auto dtype = DTypeFromName(name);
  if (!dtype) {
    throw Error(ErrorCode::kUnrepresentable, {.problem = "a .stone file has no such element type",
                                              .found = std::string(name),
                                              .advice = "convert it to another one"});
  }
  return *dtype;
}

TensorKind KindOf(std::string_view name) {
  if (name == "parameter") return TensorKind::kParameter;
  return name == "buffer" ? TensorKind::kBuffer : TensorKind::kTensor;
}

TrainingMode ModeOf(std::optional<bool> training) {
  if (!training) return TrainingMode::kUnknown;
  return *training ? TrainingMode::kTrain : TrainingMode::kEval;
}

Value SizeOf(const std::vector<std::uint64_t>& shape) {
  std::vector<Value> dims;
  dims.reserve(shape.size());
  for (const std::uint64_t dim : shape) dims.emplace_back(static_cast<unsigned long long>(dim));
  return Value::Size(std::move(dims));
}

void BindTensor(nb::module_& module) {
  nb::class_<TensorRecord>(module, "TensorRecord")
      .def(
          "__init__",
          [](TensorRecord* self, std::string_view dtype, std::vector<std::uint64_t> shape,
             std::vector<std::uint64_t> strides, std::uintptr_t address, std::string_view kind,
             bool requires_grad, nb::object owner) {
            new (self) TensorRecord{DTypeOf(dtype), std::move(shape), std::move(strides), address,
                                    KindOf(kind),   requires_grad,    std::move(owner)};
          },
          nb::arg("dtype"), nb::arg("shape"), nb::arg("strides"), nb::arg("address"),
          nb::arg("kind"), nb::arg("requires_grad"), nb::arg("owner").none());
}

void BindModel(nb::module_& module) {
  nb::class_<ModelRecord>(module, "ModelRecord")
      .def(
          "__init__",
          [](ModelRecord* self, std::vector<std::pair<std::string, TensorRecord>> tensors,
             std::optional<bool> training, std::vector<std::string> training_exceptions,
             nb::object metadata) {
            new (self) ModelRecord{std::move(tensors), ModeOf(training),
                                   std::move(training_exceptions), std::move(metadata)};
          },
          nb::arg("tensors"), nb::arg("training").none(), nb::arg("training_exceptions"),
          nb::arg("metadata").none());
}

void BindPlain(nb::module_& module) {
  nb::class_<PlainRecord>(module, "PlainRecord")
      .def_static(
          "size",
          [](const std::vector<std::uint64_t>& shape) { return PlainRecord{SizeOf(shape)}; })
      .def_static("dtype",
                  [](std::string name) { return PlainRecord{Value::DTypeName(std::move(name))}; })
      .def_static("device",
                  [](std::string text) { return PlainRecord{Value::Device(std::move(text))}; });
}

}  // namespace

TensorSource TensorRecord::Source(std::string name) const {
  return {.name = std::move(name),
          .dtype = dtype,
          .shape = shape,
          .strides = strides,
          .data = reinterpret_cast<const void*>(address),  // NOLINT(performance-no-int-to-ptr)
          .kind = kind,
          .requires_grad = requires_grad};
}

void BindRecords(nb::module_& module) {
  BindTensor(module);
  BindModel(module);
  BindPlain(module);
  nb::class_<ScalarRecord>(module, "ScalarRecord")
      .def(
          "__init__",
          [](ScalarRecord* self, std::string_view dtype, const nb::bytes& element) {
            new (self) ScalarRecord{DTypeOf(dtype), std::string(element.c_str(), element.size())};
          },
          nb::arg("dtype"), nb::arg("element"));
  nb::class_<SubstituteRecord>(module, "SubstituteRecord")
      .def(nb::init<nb::object>(), nb::arg("object"));
  nb::class_<Refusal>(module, "Refusal")
      .def(
          "__init__",
          [](Refusal* self, std::string what, std::string advice) {
            new (self) Refusal{std::move(what), std::move(advice)};
          },
          nb::arg("what"), nb::arg("advice"));
}

}  // namespace statestone::python
