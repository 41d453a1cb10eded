#include "interop/pickle/stack.h"

#include <string>

namespace statestone::pickle {

ObjectId Stack::Pop() {
  const ObjectId top = Top();
  objects_.pop_back();
  return top;
}

ObjectId Stack::Top() const { return Last(1).front(); }

void Stack::ReplaceTop(ObjectId id) {
  Pop();
  Push(id);
}

std::span<const ObjectId> Stack::AboveMark() const {
  Require(CheckSite::kPickleMark, HasMark(), [&] {
    return cursor_.Corrupt("an instruction of the pickle needs a mark that is not there");
  });
  return std::span(objects_).subspan(floor());
}

void Stack::DropToMark() {
  objects_.resize(floor());
  marks_.pop_back();
}

std::span<const ObjectId> Stack::Last(std::size_t count) const {
  Require(CheckSite::kPickleStack, count <= height(), [&] {
    return cursor_.Corrupt("an instruction of the pickle needs more objects than there are",
                           std::to_string(count), std::to_string(height()));
  });
  return std::span(objects_).last(count);
}

void Stack::DropLast(std::size_t count) { objects_.resize(objects_.size() - count); }

void Memo::Put(std::uint64_t number, ObjectId id) {
  if (number < dense_.size()) {
    dense_[number] = id;
  } else if (number == dense_.size()) {
    dense_.push_back(id);
    if (scattered_.erase(number) == 0) ++count_;
  } else if (scattered_.insert_or_assign(number, id).second) {
    ++count_;
  }
}

ObjectId Memo::Get(std::uint64_t number) const {
  if (number < dense_.size()) return dense_[number];
  const auto found = scattered_.find(number);
  Require(CheckSite::kPickleMemo, found != scattered_.end(), [&] {
    return cursor_.Corrupt("the pickle refers to an object that it did not number", {},
                           "number " + std::to_string(number));
  });
  return found->second;
}

}  // namespace statestone::pickle
