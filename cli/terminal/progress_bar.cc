#include "cli/terminal/progress_bar.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>

#include "cli/terminal/numbers.h"
#include "cli/terminal/style.h"
#include "cli/terminal/text_width.h"
#include "statestone/display.h"

namespace statestone::cli {
namespace {

constexpr auto kBeforeFirst = std::chrono::milliseconds(500);
constexpr auto kBetween = std::chrono::milliseconds(100);
constexpr std::size_t kWidestBar = 32;
constexpr std::size_t kNarrowestBar = 8;

std::string Bar(std::size_t width, double share, const Screen& screen) {
  const auto full = static_cast<std::size_t>(share * static_cast<double>(width));
  std::string done;
  std::string rest;
  for (std::size_t i = 0; i < width; ++i) {
    if (i < full) {
      done += screen.unicode ? "━" : "#";
    } else {
      rest += screen.unicode ? "─" : "-";
    }
  }
  return Styled(done, Style::kGood, screen.color) + Styled(rest, Style::kFaint, screen.color);
}

}  // namespace

std::string ProgressLine(std::string_view label, std::uint64_t done, std::uint64_t total,
                         double seconds, const Screen& screen) {
  const double share =
      total == 0 ? 1 : std::min(1.0, static_cast<double>(done) / static_cast<double>(total));
  const std::string percent = fmt::format("{:3.0f} %", 100 * share);
  std::string speed;
  if (done != 0 && seconds > 0) {
    speed = "  " + HumanRate(static_cast<double>(done), seconds);
    if (done < total) speed += "  " + HumanSeconds(seconds * (1 - share) / share) + " left";
  }
  // One column stays free: a terminal that fills its last one may wrap.
  const std::size_t room = screen.columns.value_or(80) - 1;
  const std::size_t fixed = TextWidth(percent) + TextWidth(speed);
  if (fixed + kNarrowestBar + 2 > room) return Fit(percent, room, Cut::kEnd, ".");
  const std::size_t most_label = room - fixed - kNarrowestBar - 4;
  const std::string shown =
      most_label < 8 || most_label > room
          ? std::string()
          : Fit(label, most_label, Cut::kMiddle, screen.unicode ? "…" : "...") + "  ";
  const std::size_t bar = std::min(kWidestBar, room - fixed - TextWidth(shown) - 2);
  return shown + Bar(bar, share, screen) + "  " + percent + speed;
}

ProgressBar::ProgressBar(std::string_view label, bool quiet)
    : label_(EscapeForDisplay(label)), screen_(LookAtScreen(STDERR_FILENO)) {
  if (quiet) screen_.terminal = false;
}

ProgressBar::~ProgressBar() { Clear(); }

double ProgressBar::seconds() const {
  return std::chrono::duration<double>(Clock::now() - start_).count();
}

void ProgressBar::Update(std::uint64_t done, std::uint64_t total) {
  if (!screen_.terminal) return;
  const Clock::time_point now = Clock::now();
  if (now - start_ < kBeforeFirst || now - drawn_at_ < kBetween) return;
  drawn_at_ = now;
  drawn_ = true;
  const std::string line = "\r" + ProgressLine(label_, done, total, seconds(), screen_) + "\033[K";
  // A bar that cannot be drawn is no reason to end the job.
  [[maybe_unused]] const auto written = ::write(STDERR_FILENO, line.data(), line.size());
}

Progress ProgressBar::Callback() {
  if (!screen_.terminal) return {};
  return [this](std::uint64_t done, std::uint64_t total) { Update(done, total); };
}

void ProgressBar::Clear() {
  if (!drawn_) return;
  drawn_ = false;
  constexpr std::string_view kErase = "\r\033[K";
  [[maybe_unused]] const auto written = ::write(STDERR_FILENO, kErase.data(), kErase.size());
}

}  // namespace statestone::cli
