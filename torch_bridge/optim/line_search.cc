#include "torch_bridge/optim/line_search.h"

#include <torch/torch.h>

#include <array>
#include <utility>

#include "statestone/error.h"

namespace statestone::optim {
namespace {

constexpr double sufficient_decrease = 1e-4;
constexpr double sufficient_curvature = 0.9;
constexpr double least_change = 1e-9;

// The minimum of the cubic through two points and their slopes, within bounds.
MixedNumber MinimumOfCubic(const LinePoint& a, const LinePoint& b, const MixedNumber& lower,
                           const MixedNumber& upper) {
  const MixedNumber d1 =
      a.slope + b.slope - MixedNumber(3) * MixedNumber(a.loss - b.loss) / (a.step - b.step);
  const MixedNumber d2_square = d1.Square() - a.slope * b.slope;
  if (!(d2_square >= 0)) return (lower + upper) / 2;
  const MixedNumber d2 = d2_square.Sqrt();
  const MixedNumber minimum =
      a.step <= b.step
          ? b.step - (b.step - a.step) *
                         ((b.slope + d2 - d1) / (b.slope - a.slope + MixedNumber(2) * d2))
          : a.step - (a.step - b.step) *
                         ((a.slope + d2 - d1) / (a.slope - b.slope + MixedNumber(2) * d2));
  return Min(Max(minimum, lower), upper);
}

MixedNumber MinimumWithin(const LinePoint& a, const LinePoint& b) {
  return a.step <= b.step ? MinimumOfCubic(a, b, a.step, b.step)
                          : MinimumOfCubic(a, b, b.step, a.step);
}

class Search {
 public:
  Search(const LineFunction& evaluate, const at::Tensor& direction, const LinePoint& start,
         std::int64_t most)
      : evaluate_(evaluate), direction_(direction), start_(start), most_(most) {
    start_.gradient = start.gradient.clone(at::MemoryFormat::Contiguous);
  }

  LineSearchResult Run(const MixedNumber& first_step) {
    LinePoint point = Evaluate(first_step);
    FindBracket(point);
    if (!done_) NarrowBracket();
    return {ends_[low_], evaluations_};
  }

 private:
  LinePoint Evaluate(const MixedNumber& step) {
    auto [loss, gradient] = evaluate_(step);
    ++evaluations_;
    const at::Tensor slope = gradient.dot(direction_);
    // The caller may reuse its gradient.
    return {step, loss, gradient.clone(at::MemoryFormat::Contiguous), slope};
  }

  bool IsFlat(const LinePoint& point) const {
    return point.slope.Abs() <= MixedNumber(-sufficient_curvature) * start_.slope;
  }
  bool IsTooHigh(const LinePoint& point) const {
    return MixedNumber(point.loss) >
           MixedNumber(start_.loss) + MixedNumber(sufficient_decrease) * point.step * start_.slope;
  }

  // Goes on to longer steps until one is good, or two have a good one between them.
  void FindBracket(LinePoint point) {
    LinePoint previous = start_;
    previous.step = 0;
    while (iterations_ < most_) {
      if (IsTooHigh(point) || (iterations_ > 1 && point.loss >= previous.loss)) {
        return Bracket(previous, point);
      }
      if (IsFlat(point)) {
        done_ = true;
        ends_[0] = point;
        low_ = 0;
        return;
      }
      if (point.slope >= 0) return Bracket(previous, point);
      const MixedNumber least = point.step + MixedNumber(0.01) * (point.step - previous.step);
      const MixedNumber most = point.step * MixedNumber(10);
      const MixedNumber next = MinimumOfCubic(previous, point, least, most);
      previous = std::move(point);
      point = Evaluate(next);
      ++iterations_;
    }
    LinePoint start = start_;
    start.step = 0;
    Bracket(start, point);
  }

  void Bracket(const LinePoint& a, const LinePoint& b) {
    ends_ = {a, b};
    OrderEnds();
  }

  void OrderEnds() { low_ = ends_[0].loss <= ends_[1].loss ? 0 : 1; }
  std::size_t high() const { return 1 - low_; }

  void NarrowBracket() {
    const at::Tensor greatest = direction_.abs().max();
    bool little_progress = false;
    while (!done_ && iterations_ < most_) {
      const MixedNumber width = (ends_[1].step - ends_[0].step).Abs();
      if (width * MixedNumber(greatest) < least_change) return;
      const LinePoint point = Evaluate(StepWithin(little_progress));
      ++iterations_;
      Replace(point);
    }
  }

  // Not too near to an end twice in a row.
  MixedNumber StepWithin(bool& little_progress) const {
    const MixedNumber step = MinimumWithin(ends_[0], ends_[1]);
    const MixedNumber last = Max(ends_[0].step, ends_[1].step);
    const MixedNumber first = Min(ends_[0].step, ends_[1].step);
    const MixedNumber margin = MixedNumber(0.1) * (last - first);
    if (!(Min(last - step, step - first) < margin)) {
      little_progress = false;
      return step;
    }
    if (!little_progress && !(step >= last) && !(step <= first)) {
      little_progress = true;
      return step;
    }
    little_progress = false;
    return (step - last).Abs() < (step - first).Abs() ? last - margin : first + margin;
  }

  void Replace(const LinePoint& point) {
    if (IsTooHigh(point) || point.loss >= ends_[low_].loss) {
      ends_[high()] = point;
      return OrderEnds();
    }
    if (IsFlat(point)) {
      done_ = true;
    } else if (point.slope * (ends_[high()].step - ends_[low_].step) >= 0) {
      ends_[high()] = ends_[low_];
    }
    ends_[low_] = point;
  }

  const LineFunction& evaluate_;
  const at::Tensor& direction_;
  LinePoint start_;
  std::int64_t most_;
  std::int64_t evaluations_ = 0;
  std::int64_t iterations_ = 0;
  bool done_ = false;
  std::array<LinePoint, 2> ends_;
  std::size_t low_ = 0;
};

}  // namespace

LineSearchResult SearchLine(const LineFunction& evaluate, const at::Tensor& direction,
                            const MixedNumber& first_step, const LinePoint& start,
                            std::int64_t most_evaluations) {
  if (most_evaluations < 0) {
    throw Error(ErrorCode::kInvalidArgument,
                {.problem = "max_eval of LBFGS leaves no evaluation for the line search",
                 .expected = "at least 1"});
  }
  return Search(evaluate, direction, start, most_evaluations).Run(first_step);
}

}  // namespace statestone::optim
