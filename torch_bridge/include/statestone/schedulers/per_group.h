// One number for all groups of an optimizer, or one for each.
#pragma once

#include <concepts>
#include <cstddef>
#include <initializer_list>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "statestone/schedulers/number.h"

namespace statestone::optim {

/// `0.1`, or `{0.1, 0.2}` for two groups. Python's state_dict shows which of them it was.
class PerGroup {
 public:
  template <std::convertible_to<Number> T>
  PerGroup(T number)  // NOLINT(google-explicit-constructor)
      : numbers_{Number(number)} {}
  PerGroup(std::vector<Number> numbers)  // NOLINT(google-explicit-constructor)
      : numbers_(std::move(numbers)), for_each_(true) {}
  PerGroup(std::initializer_list<Number> numbers) : numbers_(numbers), for_each_(true) {}

  /// \throws Error invalid_argument that says `name` if there is not one for each group
  std::vector<Number> For(std::size_t groups, std::string_view name) const;
  /// The number for all groups, or nothing.
  std::optional<Number> ForAll() const;

 private:
  std::vector<Number> numbers_;
  bool for_each_ = false;
};

}  // namespace statestone::optim
