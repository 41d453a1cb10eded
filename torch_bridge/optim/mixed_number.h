// Numbers of Python's LBFGS: floats, and tensors of one element that meet them.
#pragma once

#include <ATen/core/Tensor.h>

#include <utility>
#include <variant>

namespace statestone::optim {

/// A float in double, or a 0-dim tensor that rounds to its element type after each operation, as
/// the same expression does in Python. Floats among themselves stay in double.
class MixedNumber {
 public:
  MixedNumber(double value = 0) : value_(value) {}  // NOLINT(google-explicit-constructor)
  MixedNumber(at::Tensor tensor)
      : value_(std::move(tensor)) {}  // NOLINT(google-explicit-constructor)

  /// The value without its element type.
  double ToDouble() const;

  friend MixedNumber operator+(const MixedNumber& a, const MixedNumber& b);
  friend MixedNumber operator-(const MixedNumber& a, const MixedNumber& b);
  friend MixedNumber operator*(const MixedNumber& a, const MixedNumber& b);
  friend MixedNumber operator/(const MixedNumber& a, const MixedNumber& b);
  friend bool operator<(const MixedNumber& a, const MixedNumber& b);
  friend bool operator<=(const MixedNumber& a, const MixedNumber& b);
  friend bool operator>(const MixedNumber& a, const MixedNumber& b) { return b < a; }
  friend bool operator>=(const MixedNumber& a, const MixedNumber& b) { return b <= a; }

  MixedNumber Abs() const;
  MixedNumber Sqrt() const;
  MixedNumber Square() const;

 private:
  bool is_tensor() const { return std::holds_alternative<at::Tensor>(value_); }
  double number() const { return std::get<double>(value_); }
  const at::Tensor& tensor() const { return std::get<at::Tensor>(value_); }

  std::variant<double, at::Tensor> value_;
};

/// Python's: of numbers that neither is less than the other, and of NaNs, the first.
MixedNumber Min(const MixedNumber& a, const MixedNumber& b);
MixedNumber Max(const MixedNumber& a, const MixedNumber& b);

}  // namespace statestone::optim
