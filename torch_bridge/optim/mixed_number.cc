#include "torch_bridge/optim/mixed_number.h"

#include <torch/torch.h>

#include <cmath>

namespace statestone::optim {

double MixedNumber::ToDouble() const { return is_tensor() ? tensor().item<double>() : number(); }

MixedNumber operator+(const MixedNumber& a, const MixedNumber& b) {
  if (!a.is_tensor() && !b.is_tensor()) return a.number() + b.number();
  if (!a.is_tensor()) return b.tensor().add(a.number());
  return b.is_tensor() ? a.tensor().add(b.tensor()) : a.tensor().add(b.number());
}

MixedNumber operator-(const MixedNumber& a, const MixedNumber& b) {
  if (!a.is_tensor() && !b.is_tensor()) return a.number() - b.number();
  if (!a.is_tensor()) return at::rsub(b.tensor(), a.number());
  return b.is_tensor() ? a.tensor().sub(b.tensor()) : a.tensor().sub(b.number());
}

MixedNumber operator*(const MixedNumber& a, const MixedNumber& b) {
  if (!a.is_tensor() && !b.is_tensor()) return a.number() * b.number();
  if (!a.is_tensor()) return b.tensor().mul(a.number());
  return b.is_tensor() ? a.tensor().mul(b.tensor()) : a.tensor().mul(b.number());
}

// A float divided by a tensor is rounded twice in Python.
MixedNumber operator/(const MixedNumber& a, const MixedNumber& b) {
  if (!a.is_tensor() && !b.is_tensor()) return a.number() / b.number();
  if (!a.is_tensor()) return b.tensor().reciprocal().mul(a.number());
  return b.is_tensor() ? a.tensor().div(b.tensor()) : a.tensor().div(b.number());
}

// A float that meets a tensor is rounded to its element type first.
bool operator<(const MixedNumber& a, const MixedNumber& b) {
  if (!a.is_tensor() && !b.is_tensor()) return a.number() < b.number();
  if (!a.is_tensor()) return b.tensor().gt(a.number()).item<bool>();
  const at::Tensor less = b.is_tensor() ? a.tensor().lt(b.tensor()) : a.tensor().lt(b.number());
  return less.item<bool>();
}

bool operator<=(const MixedNumber& a, const MixedNumber& b) {
  if (!a.is_tensor() && !b.is_tensor()) return a.number() <= b.number();
  if (!a.is_tensor()) return b.tensor().ge(a.number()).item<bool>();
  const at::Tensor less = b.is_tensor() ? a.tensor().le(b.tensor()) : a.tensor().le(b.number());
  return less.item<bool>();
}

MixedNumber MixedNumber::Abs() const {
  if (is_tensor()) return tensor().abs();
  return std::abs(number());
}

MixedNumber MixedNumber::Sqrt() const {
  if (is_tensor()) return tensor().sqrt();
  return std::sqrt(number());
}

MixedNumber MixedNumber::Square() const {
  if (is_tensor()) return tensor().pow(2);
  return number() * number();
}

MixedNumber Min(const MixedNumber& a, const MixedNumber& b) { return b < a ? b : a; }

MixedNumber Max(const MixedNumber& a, const MixedNumber& b) { return b > a ? b : a; }

}  // namespace statestone::optim
