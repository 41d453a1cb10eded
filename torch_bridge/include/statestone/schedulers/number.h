// A number as Python has it.
#pragma once

#include <concepts>
#include <cstdint>

namespace statestone::optim {

/// A float, or an int that stays one: `gamma=1` and `gamma=1.0` give the same learning rates, but
/// not the same state_dict. Ints are exact up to 2^53.
class Number {
 public:
  Number() = default;
  Number(double value) : value_(value) {}  // NOLINT(google-explicit-constructor)
  template <std::integral Integer>
  Number(Integer value)  // NOLINT(google-explicit-constructor)
      : value_(static_cast<double>(value)), is_int_(true) {}

  operator double() const noexcept { return value_; }  // NOLINT(google-explicit-constructor)
  bool is_int() const noexcept { return is_int_; }

 private:
  double value_ = 0;
  bool is_int_ = false;
};

}  // namespace statestone::optim
