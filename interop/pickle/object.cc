#include "interop/pickle/object.h"

#include <algorithm>

#include "codec/check/require.h"
#include "interop/pickle/bounds.h"

namespace statestone::pickle {
namespace {

// Shapes, strides and counts are mostly small.
constexpr std::int64_t kSmallIntegers = 1024;

Object Simple(Kind kind, std::int64_t value) {
  Object object;
  object.kind = kind;
  object.integer = value;
  return object;
}

}  // namespace

ObjectStore::ObjectStore(std::span<const std::byte> pickle)
    : pickle_(pickle), small_integers_(kSmallIntegers, kNoObject) {
  Add(Simple(Kind::kNone, 0));
  Add(Simple(Kind::kBool, 0));
  Add(Simple(Kind::kBool, 1));
}

ObjectId ObjectStore::Add(const Object& object) {
  Require(CheckSite::kPickleObjects, objects_.size() < kObjects, [] {
    return Error(ErrorCode::kLimit, {.problem = "the pickle makes too many objects",
                                     .expected = "at most " + std::to_string(kObjects),
                                     .advice = "split the checkpoint into several files"});
  });
  objects_.push_back(object);
  return static_cast<ObjectId>(objects_.size() - 1);
}

ObjectId ObjectStore::AddInteger(std::int64_t value) {
  if (value < 0 || value >= kSmallIntegers) return Add(Simple(Kind::kInt, value));
  ObjectId& known = small_integers_[static_cast<std::size_t>(value)];
  if (known == kNoObject) known = Add(Simple(Kind::kInt, value));
  return known;
}

ObjectId ObjectStore::AddFloat(double value) {
  Object object;
  object.kind = Kind::kFloat;
  object.real = value;
  return Add(object);
}

ObjectId ObjectStore::AddComplex(double real, double imaginary) {
  Object object;
  object.kind = Kind::kComplex;
  object.complex = {real, imaginary};
  return Add(object);
}

ObjectId ObjectStore::AddText(Kind kind, std::uint64_t offset, std::uint64_t size) {
  Object object;
  object.kind = kind;
  object.text = {offset, size};
  return Add(object);
}

ObjectId ObjectStore::AddOwnedText(Kind kind, std::string text) {
  Object object;
  object.kind = kind;
  object.owned = true;
  object.text = {owned_.size(), text.size()};
  owned_.push_back(std::move(text));
  return Add(object);
}

ObjectId ObjectStore::AddContainer(Kind kind, std::span<const ObjectId> items) {
  Object object;
  object.kind = kind;
  object.items = {static_cast<std::uint32_t>(pool_.size()),
                  static_cast<std::uint32_t>(items.size()),
                  static_cast<std::uint32_t>(items.size()), kNoObject};
  pool_.insert(pool_.end(), items.begin(), items.end());
  return Add(object);
}

ObjectId ObjectStore::AddCall(Kind kind, ObjectId source, ObjectId args, std::uint64_t offset) {
  Object object;
  object.kind = kind;
  object.source = source;
  object.call = {args, kNoObject, static_cast<std::uint32_t>(offset)};
  return Add(object);
}

bool ObjectStore::IsContainer(ObjectId id) const {
  const Kind kind = objects_[id].kind;
  return kind >= Kind::kList && kind <= Kind::kFrozenSet;
}

std::string_view ObjectStore::Text(ObjectId id) const {
  const Object& object = objects_[id];
  if (object.owned) return owned_[object.text.offset];
  return {reinterpret_cast<const char*>(pickle_.data()) + object.text.offset, object.text.size};
}

std::span<const ObjectId> ObjectStore::Items(ObjectId id) const {
  const Object::Items& items = objects_[id].items;
  return std::span(pool_).subspan(items.first, items.count);
}

void ObjectStore::Append(ObjectId container, std::span<const ObjectId> added) {
  Object::Items& items = objects_[container].items;
  const std::uint64_t count = std::uint64_t{items.count} + added.size();
  if (count > items.capacity) {
    // Doubling keeps the cost of all moves linear and the pool under four times what it holds: a
    // pickle of kPickleBytes cannot make its places exceed 32 bits.
    const auto capacity =
        static_cast<std::uint32_t>(std::max(count, std::uint64_t{2} * items.capacity));
    const auto first = static_cast<std::uint32_t>(pool_.size());
    pool_.resize(pool_.size() + capacity, kNoObject);
    std::copy_n(pool_.begin() + items.first, items.count, pool_.begin() + first);
    items.first = first;
    items.capacity = capacity;
  }
  std::copy(added.begin(), added.end(), pool_.begin() + items.first + items.count);
  items.count = static_cast<std::uint32_t>(count);
}

}  // namespace statestone::pickle
