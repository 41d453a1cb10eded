#include "interop/pickle/calls.h"

#include <optional>
#include <string>

#include "interop/pickle/globals.h"

namespace statestone::pickle {
namespace {

void RequireArguments(const Cursor& cursor, bool holds, std::string_view callable) {
  Require(CheckSite::kPickleArguments, holds, [&] {
    return cursor.Corrupt("the pickle calls " + std::string(callable) +
                          " with arguments that it does not take");
  });
}

std::optional<Listed> ListedAs(const ObjectStore& objects, ObjectId id) {
  if (!objects.Is(id, Kind::kGlobal)) return std::nullopt;
  return GlobalAt(static_cast<std::uint32_t>(objects[id].integer)).listed;
}

// A container that starts with what its constructor was given, which is looked at only later: the
// same argument can be given to many calls.
ObjectId Container(ObjectStore& objects, Kind kind, std::span<const ObjectId> args,
                   std::size_t source) {
  const ObjectId made = objects.AddContainer(kind, {});
  if (args.size() > source && !objects.Is(args[source], Kind::kNone)) {
    objects.at(made).source = args[source];
  }
  return made;
}

double AsDouble(const ObjectStore& objects, const Cursor& cursor, ObjectId id) {
  const Object& object = objects[id];
  if (object.kind == Kind::kFloat) return object.real;
  RequireArguments(cursor, object.kind == Kind::kInt, "complex");
  return static_cast<double>(object.integer);
}

ObjectId MakeComplex(ObjectStore& objects, const Cursor& cursor, std::span<const ObjectId> args) {
  RequireArguments(cursor, args.size() == 2, "complex");
  return objects.AddComplex(AsDouble(objects, cursor, args[0]), AsDouble(objects, cursor, args[1]));
}

bool IsLatin1(std::string_view encoding) {
  return encoding == "latin1" || encoding == "latin-1" || encoding == "iso-8859-1";
}

// bytes(), bytes(b), bytearray(), bytearray(b), bytearray(text, "latin-1"), encode(text, "latin1").
ObjectId MakeBytes(ObjectStore& objects, const Cursor& cursor, Kind kind,
                   std::span<const ObjectId> args) {
  const ObjectId made = objects.AddText(kind, 0, 0);
  if (args.empty()) return made;
  const Kind first = objects[args[0]].kind;
  if (args.size() == 2) {
    const bool encoded = first == Kind::kString && objects.Is(args[1], Kind::kString) &&
                         IsLatin1(objects.Text(args[1]));
    RequireArguments(cursor, encoded, "an encoding");
  } else {
    RequireArguments(cursor,
                     args.size() == 1 && (first == Kind::kBytes || first == Kind::kOldString ||
                                          first == Kind::kByteArray),
                     "bytes or bytearray");
  }
  objects.at(made).source = args[0];
  return made;
}

// A factory that is no plain class would be lost, so such a dict counts as an unlisted instance.
ObjectId MakeDefaultDict(ObjectStore& objects, const Cursor& cursor, ObjectId callable,
                         ObjectId arguments) {
  const auto args = objects.Items(arguments);
  if (!args.empty() && !objects.Is(args[0], Kind::kNone)) {
    const auto factory = ListedAs(objects, args[0]);
    const bool plain = factory && *factory <= Listed::kPlainClass && *factory != Listed::kEncode;
    if (!plain) {
      return objects.AddCall(Kind::kInstance, callable, arguments, cursor.position());
    }
  }
  return Container(objects, Kind::kDict, args, 1);
}

}  // namespace

ObjectId MakeCall(ObjectStore& objects, const Cursor& cursor, ObjectId callable,
                  ObjectId arguments) {
  Require(CheckSite::kPickleTarget, objects.Is(arguments, Kind::kTuple), [&] {
    return cursor.Corrupt("the pickle calls something with arguments that are not a tuple");
  });
  const Kind kind = objects[callable].kind;
  if (kind == Kind::kUnlisted || kind == Kind::kInstance) {
    return objects.AddCall(Kind::kInstance, callable, arguments, cursor.position());
  }
  const auto listed = ListedAs(objects, callable);
  Require(CheckSite::kPickleTarget, listed.has_value(), [&] {
    return cursor.Corrupt("the pickle calls something that is neither a class nor a function");
  });
  const auto args = objects.Items(arguments);
  switch (*listed) {
    case Listed::kOrderedDict:
      return Container(objects, Kind::kOrderedDict, args, 0);
    case Listed::kCounter:
      return Container(objects, Kind::kDict, args, 0);
    case Listed::kDefaultDict:
      return MakeDefaultDict(objects, cursor, callable, arguments);
    case Listed::kSet:
      return Container(objects, Kind::kSet, args, 0);
    case Listed::kFrozenSet:
      return Container(objects, Kind::kFrozenSet, args, 0);
    case Listed::kComplex:
      return MakeComplex(objects, cursor, args);
    case Listed::kBytes:
    case Listed::kEncode:
      return MakeBytes(objects, cursor, Kind::kBytes, args);
    case Listed::kByteArray:
      return MakeBytes(objects, cursor, Kind::kByteArray, args);
    case Listed::kPlainClass:
    case Listed::kDType:
    case Listed::kStorageClass:
    case Listed::kQuantizedStorage:
    case Listed::kTensorClass:
    case Listed::kNumpyArrayClass:
      // Listed as names only; calling them is nothing that a checkpoint does.
      return objects.AddCall(Kind::kInstance, callable, arguments, cursor.position());
    default:
      return objects.AddCall(Kind::kCall, callable, arguments, cursor.position());
  }
}

ObjectId MakeGlobal(ObjectStore& objects, ObjectId module, ObjectId name) {
  Object object;
  if (const auto row = FindGlobal(objects.Text(module), objects.Text(name))) {
    object.kind = Kind::kGlobal;
    object.integer = *row;
  } else {
    object.kind = Kind::kUnlisted;
    object.call = {module, name, 0};
  }
  return objects.Add(object);
}

void SetState(ObjectStore& objects, const Cursor& cursor, ObjectId id, ObjectId state) {
  Object& object = objects.at(id);
  if (object.kind == Kind::kOrderedDict) {
    object.items.state = state;
    return;
  }
  bool takes_state = object.kind == Kind::kInstance;
  if (object.kind == Kind::kCall) {
    const auto listed = ListedAs(objects, object.source);
    takes_state = listed == Listed::kNumpyDType || listed == Listed::kNumpyReconstruct ||
                  listed == Listed::kParameterClass || listed == Listed::kTensorType ||
                  listed == Listed::kRebuildSparse || listed == Listed::kRebuildQuantized ||
                  listed == Listed::kRefused;
  }
  Require(CheckSite::kPickleTarget, takes_state,
          [&] { return cursor.Corrupt("the pickle sets the state of an object that has none"); });
  object.call.state = state;
}

namespace {

std::string_view Form(References references) {
  switch (references) {
    case References::kNone:
      return "no reference";
    case References::kZip:
      return "('storage', class, key, device, size)";
    case References::kLegacy:
      return "('storage', class, key, device, size, view)";
    case References::kNumbers:
      break;
  }
  return "a number";
}

bool IsText(const ObjectStore& objects, ObjectId id) {
  return objects.Is(id, Kind::kString) || objects.Is(id, Kind::kOldString);
}

// (class, file, source), or ('module', class, file, source): a class with the text of its program.
ObjectId ClassWithSource(const ObjectStore& objects, References references, ObjectId id) {
  const auto members = objects.Items(id);
  if (references == References::kNumbers) return members.size() == 3 ? members[0] : kNoObject;
  const bool named = references != References::kNone && members.size() >= 2 &&
                     IsText(objects, members[0]) && objects.Text(members[0]) == "module";
  return named ? members[1] : kNoObject;
}

bool IsStorage(const ObjectStore& objects, References references, ObjectId id) {
  const auto members = objects.Items(id);
  if (references != References::kZip && references != References::kLegacy) return false;
  if (members.size() != (references == References::kZip ? 5 : 6)) return false;
  return IsText(objects, members[0]) && objects.Text(members[0]) == "storage" &&
         IsText(objects, members[2]) && objects.Is(members[4], Kind::kInt);
}

}  // namespace

ObjectId MakePersistent(ObjectStore& objects, const Cursor& cursor, References references,
                        ObjectId id) {
  const bool number = references == References::kNumbers && objects.Is(id, Kind::kInt);
  if (number) return objects.AddCall(Kind::kReference, kNoObject, id, cursor.position());
  const bool tuple = objects.Is(id, Kind::kTuple);
  const ObjectId made = tuple ? ClassWithSource(objects, references, id) : kNoObject;
  if (made != kNoObject) return made;
  Require(CheckSite::kPicklePersistent, tuple && IsStorage(objects, references, id), [&] {
    return cursor.Corrupt("the pickle refers to data outside in a form that torch does not write",
                          std::string(Form(references)));
  });
  return objects.AddCall(Kind::kStorage, objects.Items(id)[1], id, cursor.position());
}

}  // namespace statestone::pickle
