// Display paths of values while they are made: spec/format.md, section 7.1.
#pragma once

#include <cstddef>
#include <string>
#include <variant>
#include <vector>

#include "statestone/value.h"

namespace statestone {

/// The way from the root to the value at work. Cheap to walk; text is made only when asked for.
class KeyPath {
 public:
  /// `key` must stay where it is until Leave.
  void Enter(const Value& key) { steps_.emplace_back(&key); }
  void Enter(std::size_t position) { steps_.emplace_back(position); }
  void Leave() { steps_.pop_back(); }

  std::string Text() const;

 private:
  std::vector<std::variant<const Value*, std::size_t>> steps_;
};

/// Enters for the length of a scope.
class KeyStep {
 public:
  template <typename Step>
  KeyStep(KeyPath& path, const Step& step) : path_(path) {
    path_.Enter(step);
  }
  ~KeyStep() { path_.Leave(); }
  KeyStep(const KeyStep&) = delete;
  KeyStep& operator=(const KeyStep&) = delete;

 private:
  KeyPath& path_;
};

}  // namespace statestone
