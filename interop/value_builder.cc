#include "interop/value_builder.h"

#include <algorithm>
#include <array>
#include <utility>

#include "codec/check/require.h"
#include "codec/text/key_text.h"
#include "interop/container_items.h"
#include "interop/pt/call_arguments.h"
#include "interop/pt/numpy.h"
#include "interop/pt/refusal.h"
#include "statestone/display.h"
#include "statestone/limits.h"

namespace statestone {

using pickle::Kind;
using pickle::kNoObject;
using pickle::Object;
using pickle::ObjectId;

namespace {

bool IsName(const Value& key) {
  return key.kind() == ValueKind::kString && key.AsString().size() <= limits::kNameBytes;
}

}  // namespace

ValueBuilder::ValueBuilder(const pickle::Pickle& pickle, pt::TensorWriter& tensors, Budget& budget,
                           bool skip_unknown)
    : pickle_(pickle),
      tensors_(tensors),
      budget_(budget),
      skip_unknown_(skip_unknown),
      open_(pickle.objects.size(), false) {}

void ValueBuilder::WriteRoot(Checkpoint& checkpoint) {
  const ObjectId root = pickle_.root;
  if (!pickle_.objects.Is(root, Kind::kDict)) return checkpoint.AddValue("", Build(root));
  const Members members = MembersOf(root);
  if (IsTensorDict(members) || !AreEntryNames(members) || IsOptimizer(members)) {
    return checkpoint.AddValue("", BuildMap(root, members));
  }
  open_[root] = true;
  for (std::size_t i = 0; i < members.items.size(); ++i) {
    const KeyStep step(path_, members.keys[i]);
    checkpoint.AddValue(members.keys[i].AsString(), Build(members.items[i]));
  }
}

bool ValueBuilder::IsTensorDict(const Members& members) const {
  return !members.items.empty() && tensors_.HasScopeLeft() &&
         std::ranges::all_of(members.keys, IsName) &&
         std::ranges::all_of(members.items, [this](ObjectId id) { return tensors_.IsTensor(id); });
}

// One that was saved by itself stays in one piece.
bool ValueBuilder::IsOptimizer(const Members& members) {
  constexpr std::array<std::string_view, 2> kKeys = {"state", "param_groups"};
  return std::ranges::equal(members.keys, kKeys, [](const Value& key, std::string_view name) {
    return IsName(key) && key.AsString() == name;
  });
}

bool ValueBuilder::AreEntryNames(const Members& members) {
  return !members.items.empty() && members.items.size() <= limits::kEntries &&
         std::ranges::all_of(
             members.keys, [](const Value& key) { return IsName(key) && !key.AsString().empty(); });
}

Value ValueBuilder::Build(ObjectId id) {  // NOLINT(misc-no-recursion): as deep as values may be
  try {
    budget_.SpendNodes(1);
    Require(CheckSite::kPickleDepth, depth_ < limits::kValueDepth, [] {
      return Error(ErrorCode::kLimit, {.problem = "the value is nested too deep",
                                       .expected = std::to_string(limits::kValueDepth)});
    });
    Require(CheckSite::kPickleCycle, !open_[id], [] {
      return pt::Unrepresentable("a container that holds itself",
                                 "take the reference back out before you save");
    });
    const bool container = pickle_.objects.IsContainer(id);
    open_[id] = container;
    ++depth_;
    Value value = BuildUnguarded(id);
    --depth_;
    open_[id] = false;
    return value;
  } catch (const Error& error) {
    throw error.WithEntry(path_.Text());
  }
}

Value ValueBuilder::BuildUnguarded(ObjectId id) {  // NOLINT(misc-no-recursion)
  switch (pickle_.objects[id].kind) {
    case Kind::kString:
    case Kind::kOldString:
      return BuildText(id);
    case Kind::kBytes:
    case Kind::kByteArray:
      return BuildBytes(id);
    case Kind::kList:
    case Kind::kTuple:
    case Kind::kSet:
    case Kind::kFrozenSet:
      return BuildSequence(id);
    case Kind::kDict:
    case Kind::kOrderedDict:
      return BuildMap(id);
    case Kind::kGlobal:
      return BuildGlobal(id);
    case Kind::kCall:
      return BuildCall(id);
    case Kind::kStorage:
    case Kind::kReference:
      Require(CheckSite::kPickleRefused, false, [] {
        return pt::Unrepresentable("a storage by itself", "save a tensor over it instead");
      });
      return nullptr;
    case Kind::kUnlisted:
    case Kind::kInstance:
      Require(CheckSite::kPickleUnlisted, false, [&] { return pt::Unlisted(pickle_.objects, id); });
      return nullptr;
    default:
      return BuildScalar(id);
  }
}

Value ValueBuilder::BuildScalar(ObjectId id) {
  const Object& object = pickle_.objects[id];
  switch (object.kind) {
    case Kind::kBool:
      return {object.integer != 0};
    case Kind::kInt:
      return {static_cast<long long>(object.integer)};
    case Kind::kLong:
      budget_.SpendBytes(object.text.size);
      return Value::Integer(pickle_.objects.Text(id));
    case Kind::kFloat:
      return {object.real};
    case Kind::kComplex:
      return Value::Complex({object.complex.real, object.complex.imaginary});
    default:
      return nullptr;
  }
}

Value ValueBuilder::BuildText(ObjectId id) {
  const std::string_view text = pickle_.objects.Text(id);
  budget_.SpendBytes(text.size());
  // A str of Python 2 is bytes; what reads as text is taken for text, as torch.load does it.
  if (pickle_.objects.Is(id, Kind::kOldString) && !IsValidUtf8(text)) {
    return Value::Bytes(std::string(text));
  }
  Require(CheckSite::kPickleUtf8, IsValidUtf8(text), [&] {
    return Error(ErrorCode::kUnrepresentable,
                 {.problem = "a string is not valid UTF-8: it holds lone surrogates",
                  .found = std::string(text.substr(0, 60)),
                  .advice = "save it as bytes instead"});
  });
  return {text};
}

Value ValueBuilder::BuildBytes(ObjectId id) {
  budget_.SpendBytes(pt::BytesBound(pickle_.objects, id));
  std::string bytes = pt::BytesOf(pickle_, id);
  return pickle_.objects.Is(id, Kind::kBytes) ? Value::Bytes(std::move(bytes))
                                              : Value::ByteArray(std::move(bytes));
}

Value ValueBuilder::BuildSequence(ObjectId id) {  // NOLINT(misc-no-recursion)
  std::vector<Value> items;
  for (const ObjectId item : SequenceItems(pickle_, id)) {
    const KeyStep step(path_, items.size());
    items.push_back(Build(item));
  }
  switch (pickle_.objects[id].kind) {
    case Kind::kList:
      return Value::List(std::move(items));
    case Kind::kTuple:
      return Value::Tuple(std::move(items));
    case Kind::kSet:
      return Value::Set(std::move(items));
    default:
      return Value::FrozenSet(std::move(items));
  }
}

Value ValueBuilder::BuildMap(ObjectId id) {  // NOLINT(misc-no-recursion)
  const Members members = MembersOf(id);
  return BuildMap(id, members);
}

Value ValueBuilder::BuildMap(ObjectId id, const Members& members) {  // NOLINT(misc-no-recursion)
  if (IsTensorDict(members)) return BuildTensorDict(id, members);
  if (pickle_.objects.Is(id, Kind::kDict)) return Value::Map(BuildPairs(members));
  return Value::OrderedMap(BuildPairs(members), BuildAttributes(id));
}

std::vector<Value::Pair> ValueBuilder::BuildPairs(  // NOLINT(misc-no-recursion)
    const Members& members) {
  std::vector<Value::Pair> pairs;
  pairs.reserve(members.items.size());
  for (std::size_t i = 0; i < members.items.size(); ++i) {
    const KeyStep step(path_, members.keys[i]);
    pairs.emplace_back(members.keys[i], Build(members.items[i]));
  }
  return pairs;
}

Value ValueBuilder::BuildTensorDict(  // NOLINT(misc-no-recursion): only into attributes
    ObjectId id, const Members& members) {
  const ScopeRef scope = tensors_.AddScope();
  for (std::size_t i = 0; i < members.items.size(); ++i) {
    const KeyStep step(path_, members.keys[i]);
    try {
      budget_.SpendNodes(1);
      tensors_.AddNamed(scope, members.keys[i].AsString(), members.items[i], path_.Text());
    } catch (const Error& error) {
      throw error.WithEntry(path_.Text());
    }
  }
  if (pickle_.objects.Is(id, Kind::kDict)) return Value::TensorDict(scope);
  return Value::OrderedTensorDict(scope, BuildAttributes(id));
}

// Attributes are a map even where they hold nothing but tensors.
Value ValueBuilder::BuildAttributes(ObjectId id) {  // NOLINT(misc-no-recursion)
  const ObjectId state = pickle_.objects[id].items.state;
  if (state == kNoObject || pickle_.objects.Is(state, Kind::kNone)) return nullptr;
  Require(CheckSite::kPickleState, pickle_.objects.Is(state, Kind::kDict),
          [] { return pt::Unrepresentable("an OrderedDict with slots", "save dict(x) instead"); });
  Require(CheckSite::kPickleCycle, !open_[state], [] {
    return pt::Unrepresentable("a container that holds itself",
                               "take the reference back out before you save");
  });
  open_[state] = true;
  ++depth_;
  std::vector<Value::Pair> pairs = BuildPairs(MembersOf(state));
  --depth_;
  open_[state] = false;
  return pairs.empty() ? Value() : Value::Map(std::move(pairs));
}

Value ValueBuilder::BuildKey(ObjectId id) {  // NOLINT(misc-no-recursion)
  Value key = Build(id);
  Require(CheckSite::kPickleKey, text::IsKey(text::ValueNode(key)), [&] {
    return pt::Unrepresentable("a dict with a key of kind " + Name(key.kind()),
                               "save it with keys that are texts, numbers or tuples of these");
  });
  return key;
}

// A key that is set again keeps its place and takes the later value, as in Python.
ValueBuilder::Members ValueBuilder::MembersOf(ObjectId map) {  // NOLINT(misc-no-recursion)
  Members members;
  std::unordered_map<std::string, std::size_t> places;
  for (const auto& [key_object, item] : DictPairs(pickle_, map)) {
    if (skip_unknown_ && FindUnlisted(pickle_.objects, key_object, unknown_in_) != kNoObject) {
      SkipUnknown(Value::List({}), key_object);  // shown as a key of no known form
      continue;
    }
    Value key = BuildKey(key_object);
    const auto [place, fresh] = places.emplace(KeyComponent(key), members.items.size());
    if (!fresh) {
      members.items[place->second] = item;
    } else {
      members.keys.push_back(std::move(key));
      members.items.push_back(item);
    }
  }
  if (!skip_unknown_) return members;
  Members kept;
  for (std::size_t i = 0; i < members.items.size(); ++i) {
    if (SkipUnknown(members.keys[i], members.items[i])) continue;
    kept.keys.push_back(std::move(members.keys[i]));
    kept.items.push_back(members.items[i]);
  }
  return kept;
}

bool ValueBuilder::SkipUnknown(const Value& key, ObjectId item) {
  const ObjectId unlisted = FindUnlisted(pickle_.objects, item, unknown_in_);
  if (unlisted == kNoObject) return false;
  budget_.SpendNodes(1);
  const KeyStep step(path_, key);
  skipped_.push_back(
      {.path = path_.Text(), .reason = pt::UnlistedReason(pickle_.objects, unlisted)});
  return true;
}

}  // namespace statestone
