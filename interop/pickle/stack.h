// The working memory of the pickle machine: a stack with marks, and the memo.
#pragma once

#include <cstdint>
#include <span>
#include <unordered_map>
#include <vector>

#include "interop/pickle/cursor.h"
#include "interop/pickle/object.h"

namespace statestone::pickle {

/// Every access is checked against the stack's bottom and its topmost mark. \throws Error corrupt
class Stack {
 public:
  explicit Stack(const Cursor& cursor) : cursor_(cursor) {}

  void Push(ObjectId id) { objects_.push_back(id); }
  ObjectId Pop();
  ObjectId Top() const;
  void ReplaceTop(ObjectId id);

  void Mark() { marks_.push_back(objects_.size()); }
  bool HasMark() const { return !marks_.empty(); }
  /// What lies above the topmost mark, which Drop then takes away together with it.
  std::span<const ObjectId> AboveMark() const;
  void DropToMark();
  /// The last `count` objects, which DropLast then takes away.
  std::span<const ObjectId> Last(std::size_t count) const;
  void DropLast(std::size_t count);

  /// Objects above the topmost mark, or all without one.
  std::size_t height() const { return objects_.size() - floor(); }

 private:
  std::size_t floor() const { return marks_.empty() ? 0 : marks_.back(); }

  const Cursor& cursor_;
  std::vector<ObjectId> objects_;
  std::vector<std::size_t> marks_;
};

/// Objects by the numbers that the pickle gave them. Memory: at most some 40 bytes for each number
/// given, however large the numbers are.
class Memo {
 public:
  explicit Memo(const Cursor& cursor) : cursor_(cursor) {}

  void Put(std::uint64_t number, ObjectId id);
  /// Puts under the number of objects put so far.
  void PutNext(ObjectId id) { Put(count_, id); }
  /// \throws Error corrupt for a number that was not given
  ObjectId Get(std::uint64_t number) const;

 private:
  const Cursor& cursor_;
  std::uint64_t count_ = 0;
  std::vector<ObjectId> dense_;                            // numbers without gaps, as pickle gives
  std::unordered_map<std::uint64_t, ObjectId> scattered_;  // all others
};

}  // namespace statestone::pickle
