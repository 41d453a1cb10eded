#include "torch_bridge/schedulers/arithmetic.h"

#include <cmath>

#include "statestone/error.h"

namespace statestone::optim {
namespace {

void Require(bool condition, const char* problem) {
  if (condition) return;
  throw Error(ErrorCode::kInvalidArgument,
              {.problem = problem, .advice = "correct the numbers that the scheduler was given"});
}

}  // namespace

double Quotient(double numerator, double denominator) {
  Require(denominator != 0, "this schedule divides by zero");
  return numerator / denominator;
}

double Power(double base, double exponent) {
  const double power = std::pow(base, exponent);
  Require(std::isfinite(power) || !std::isfinite(base) || !std::isfinite(exponent),
          "a power in this schedule is not a finite number");
  return power;
}

double Cosine(double angle) {
  Require(!std::isinf(angle), "this schedule takes the cosine of infinity");
  return std::cos(angle);
}

double Floor(double number) {
  Require(std::isfinite(number), "this schedule counts cycles without end");
  return std::floor(number);
}

}  // namespace statestone::optim
