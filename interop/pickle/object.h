// The objects that a pickle describes: plain records that refer to each other by number. Nothing
// here has behaviour of its own, and nothing of what the pickle names is ever called.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace statestone::pickle {

using ObjectId = std::uint32_t;
inline constexpr ObjectId kNoObject = 0xFFFFFFFF;

enum class Kind : std::uint8_t {
  kNone,
  kBool,       ///< integer
  kInt,        ///< integer
  kLong,       ///< text: two's complement, little-endian, more than 8 bytes
  kFloat,      ///< real
  kComplex,    ///< complex
  kString,     ///< text, UTF-8 or what stood in its place
  kOldString,  ///< text: Python 2's str, bytes or text
  kBytes,      ///< text; or the latin-1 form of the string `source`
  kByteArray,  ///< text; or the bytes or the string `source`
  kList,
  kTuple,
  kDict,         ///< items: key, value, key, value, ... behind those of `source`
  kOrderedDict,  ///< as kDict, and a state: its attributes
  kSet,          ///< items behind those of `source`
  kFrozenSet,
  kGlobal,     ///< a class or function on the list; integer: its row there
  kCall,       ///< what calling the listed `source` with call.args would give
  kStorage,    ///< bytes beside the pickle; call.args: the tuple that names them
  kReference,  ///< a tensor or storage beside the pickle; call.args: its number
  kUnlisted,   ///< a class or function that is not on the list: call.args and call.state its module
               ///< and name
  kInstance,   ///< what calling the unlisted `source` with call.args would give
};

/// One object, 24 bytes. Which member of the union counts follows from the kind.
struct Object {
  Kind kind = Kind::kNone;
  bool owned = false;           ///< its text stands in memory of the store, not in the pickle
  ObjectId source = kNoObject;  ///< what a container was made from; what a call calls
  struct Text {
    std::uint64_t offset;
    std::uint64_t size;
  };
  struct Items {
    std::uint32_t first;
    std::uint32_t count;
    std::uint32_t capacity;
    ObjectId state;
  };
  struct Call {
    ObjectId args;
    ObjectId state;
    std::uint32_t offset;  ///< of the instruction in the pickle
  };
  struct Complex {
    double real;
    double imaginary;
  };
  union {
    std::int64_t integer;
    double real;
    Complex complex;
    Text text;
    Items items;
    Call call;
  };
  Object() : text{0, 0} {}
};
static_assert(sizeof(Object) == 24, "the bound on objects counts on it");

/// All objects of one pickle. Texts point into the pickle, which must outlive it. Memory: 24 bytes
/// an object and at most 16 for each reference from a container. Not thread-safe while it grows.
class ObjectStore {
 public:
  explicit ObjectStore(std::span<const std::byte> pickle);

  // Each gives the number of the new object. \throws Error limit beyond kObjects
  ObjectId Add(const Object& object);
  ObjectId AddInteger(std::int64_t value);  ///< small ones share an object
  ObjectId AddFloat(double value);
  ObjectId AddComplex(double real, double imaginary);
  ObjectId AddText(Kind kind, std::uint64_t offset, std::uint64_t size);
  ObjectId AddOwnedText(Kind kind, std::string text);
  ObjectId AddContainer(Kind kind, std::span<const ObjectId> items);
  ObjectId AddCall(Kind kind, ObjectId source, ObjectId args, std::uint64_t offset);

  ObjectId none() const { return 0; }
  ObjectId boolean(bool value) const { return value ? 2 : 1; }

  const Object& operator[](ObjectId id) const { return objects_[id]; }
  Object& at(ObjectId id) { return objects_[id]; }
  std::size_t size() const { return objects_.size(); }

  bool Is(ObjectId id, Kind kind) const { return objects_[id].kind == kind; }
  bool IsContainer(ObjectId id) const;

  /// Bytes of an object with text.
  std::string_view Text(ObjectId id) const;
  /// Members of a container, without those of its `source`.
  std::span<const ObjectId> Items(ObjectId id) const;
  void Append(ObjectId container, std::span<const ObjectId> items);

 private:
  std::span<const std::byte> pickle_;
  std::vector<Object> objects_;
  std::vector<ObjectId> pool_;  // the members of all containers; a container that grows moves
  std::deque<std::string> owned_;
  std::vector<ObjectId> small_integers_;
};

}  // namespace statestone::pickle
