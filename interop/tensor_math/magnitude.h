// The magnitude of a complex number.
#pragma once

#include <cmath>

namespace statestone::tensor_math {

/// `wide`: the parts are doubles, whose squares may overflow; those of shorter types never do.
inline double Magnitude(double real, double imaginary, bool wide) {
  return wide ? std::hypot(real, imaginary) : std::sqrt(real * real + imaginary * imaginary);
}

}  // namespace statestone::tensor_math
