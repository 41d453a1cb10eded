// Catching the error of an expression, so that a test can look at all of its parts.
#pragma once

#include <gtest/gtest.h>

#include <functional>

#include "statestone/error.h"

namespace statestone::faults {

/// The Error that `body` throws; fails the test, with an empty error of code canceled, when it
/// throws none.
inline Error ErrorOf(const std::function<void()>& body) {
  try {
    body();
  } catch (const Error& error) {
    return error;
  }
  ADD_FAILURE() << "nothing was thrown";
  return {ErrorCode::kCanceled, {}};
}

}  // namespace statestone::faults
