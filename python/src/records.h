// What the package's Python code says of an object that is not plain data: the adapter's answers.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "python/src/binding.h"
#include "statestone/checkpoint.h"

namespace statestone::python {

/// Memory that a tensor is. `owner` keeps `address` valid.
struct TensorRecord {
  DType dtype = DType::kFloat32;
  std::vector<std::uint64_t> shape;
  std::vector<std::uint64_t> strides;  ///< in elements; empty: dense row-major
  std::uintptr_t address = 0;
  TensorKind kind = TensorKind::kTensor;
  bool requires_grad = false;
  nb::object owner;

  TensorSource Source(std::string name) const;
};

/// A NumPy scalar: the bytes of one element.
struct ScalarRecord {
  DType dtype = DType::kFloat64;
  std::string element;
};

/// torch.Size, torch.dtype, torch.device.
struct PlainRecord {
  Value value;
};

/// An object that is saved as if it were another, plain one.
struct SubstituteRecord {
  nb::object object;
};

/// A module: only an entry of its own can hold one.
struct ModelRecord {
  std::vector<std::pair<std::string, TensorRecord>> tensors;
  TrainingMode training = TrainingMode::kUnknown;
  std::vector<std::string> training_exceptions;
  nb::object metadata;
};

/// An object that a file cannot hold, and what to do about it.
struct Refusal {
  std::string what;
  std::string advice;
};

}  // namespace statestone::python
