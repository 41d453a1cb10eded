// The error of work that its caller stopped.
#pragma once

#include <stop_token>

#include "statestone/error.h"

namespace statestone::pipeline {

/// \throws Error canceled when a stop is requested
inline void ThrowIfStopped(const std::stop_token& stop) {
  if (stop.stop_requested()) throw Error(ErrorCode::kCanceled, {.problem = "stopped on request"});
}

}  // namespace statestone::pipeline
