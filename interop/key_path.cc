#include "interop/key_path.h"

#include "statestone/display.h"

namespace statestone {
std::string KeyPath::Text() const {
  std::string text;
  for (std::size_t i = 0; i < steps_.size(); ++i) {
    if (i != 0) text += '/';
    const auto* key = std::get_if<const Value*>(&steps_[i]);
    text += key != nullptr ? KeyComponent(**key) : std::to_string(std::get<std::size_t>(steps_[i]));
  }
  return text;
}

}  // namespace statestone
