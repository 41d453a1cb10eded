#include "cli/inspect/model_detail.h"

#include <fmt/format.h>

#include <string_view>

#include "cli/inspect/value_text.h"
#include "cli/terminal/style.h"
#include "cli/terminal/text_width.h"
#include "statestone/display.h"

namespace statestone::cli {
namespace {

std::string TrainingText(const ModelInfo& model) {
  if (model.training == TrainingMode::kUnknown) return {};
  std::string text = model.training == TrainingMode::kTrain ? "train" : "eval";
  std::string_view before = ", the other mode in ";
  for (const std::string& module : model.training_exceptions) {
    text.append(before).append(EscapeForDisplay(module));
    before = ", ";
  }
  return text;
}

std::string OptionalText(const Value& value, std::size_t columns) {
  return value.is_null() ? std::string() : ValueText(value, columns);
}

}  // namespace

void WriteModelDetail(const ModelInfo& model, const std::string& path, const Screen& screen,
                      Output& out) {
  constexpr std::size_t kTitle = 16;
  constexpr std::size_t kMostText = 4096;
  const std::size_t room = screen.columns ? *screen.columns - kTitle : kMostText;
  const auto line = [&](std::string_view title, const std::string& text) {
    if (text.empty()) return;
    out.Write(fmt::format("  {}{}\n",
                          Styled(fmt::format("{:<14}", title), Style::kFaint, screen.color),
                          Fit(text, room, Cut::kEnd, screen.unicode ? "…" : "...")));
  };
  out.Write(Styled(path, Style::kStrong, screen.color) + "\n");
  line("architecture", EscapeForDisplay(model.architecture));
  line("version", EscapeForDisplay(model.architecture_version));
  line("training", TrainingText(model));
  line("config", OptionalText(model.config, room));
  line("metadata", OptionalText(model.metadata, room));
  out.Write("\n");
}

}  // namespace statestone::cli
