// A member of a container, while it is being written.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace statestone::pt {

/// Adds a component to a display path for as long as it lives.
class PathStep {
 public:
  PathStep(std::string& path, std::string_view component) : path_(path), length_(path.size()) {
    if (!path_.empty()) path_ += '/';
    path_ += component;
  }
  ~PathStep() { path_.resize(length_); }
  PathStep(const PathStep&) = delete;
  PathStep& operator=(const PathStep&) = delete;

 private:
  std::string& path_;
  std::size_t length_;
};

}  // namespace statestone::pt
