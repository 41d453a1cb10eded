// Names in a message, the first of many.
#pragma once

#include <cstddef>
#include <string>

namespace statestone {

// Enough to recognise what one has; a file may have thousands.
constexpr std::size_t kNamesShown = 8;

class NameList {
 public:
  void Add(const std::string& name) {
    if (count_++ >= kNamesShown) return;
    if (!text_.empty()) text_ += ", ";
    text_ += name.empty() ? "\"\"" : name;
  }
  std::string text() const { return count_ > kNamesShown ? text_ + ", ..." : text_; }
  bool empty() const { return count_ == 0; }

 private:
  std::size_t count_ = 0;
  std::string text_;
};

}  // namespace statestone
