// Arithmetic that refuses what Python refuses: C++ would go on with inf or NaN.
#pragma once

namespace statestone::optim {

/// \throws Error invalid_argument if `denominator` is 0
double Quotient(double numerator, double denominator);

/// \throws Error invalid_argument if finite numbers have no finite, real power
double Power(double base, double exponent);

/// \throws Error invalid_argument if the angle is infinite
double Cosine(double angle);

/// \throws Error invalid_argument if there is none
double Floor(double number);

}  // namespace statestone::optim
