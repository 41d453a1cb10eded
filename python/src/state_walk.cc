#include "python/src/state_walk.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "codec/text/key_text.h"
#include "python/src/scalars.h"
#include "python/src/text.h"
#include "statestone/error.h"
#include "statestone/limits.h"

namespace statestone::python {
namespace {

bool IsName(const Value& key) {
  return key.kind() == ValueKind::kString && key.AsString().size() <= limits::kNameBytes;
}

bool IsSequence(nb::handle object) {
  PyObject* p = object.ptr();
  return PyList_CheckExact(p) || PyTuple_CheckExact(p) || Py_TYPE(p) == &PySet_Type ||
         PyFrozenSet_CheckExact(p);
}

Error Unrepresentable(const std::string& what, std::string advice) {
  return {ErrorCode::kUnrepresentable,
          {.problem = "a .stone file cannot hold " + what, .advice = std::move(advice)}};
}

nb::object Checked(PyObject* made) {
  if (made == nullptr) throw nb::python_error();
  return nb::steal(made);
}

// Takes a container off the list of open ones again.
class Opened {
 public:
  Opened(std::unordered_set<PyObject*>& open, nb::handle container)
      : open_(open), container_(container.ptr()) {
    if (open_.insert(container_).second) return;
    throw Unrepresentable("a container that holds itself",
                          "take the reference back out before you save");
  }
  ~Opened() { open_.erase(container_); }
  Opened(const Opened&) = delete;
  Opened& operator=(const Opened&) = delete;

 private:
  std::unordered_set<PyObject*>& open_;
  PyObject* container_;
};

// One level deeper, while there is one.
class Deeper {
 public:
  explicit Deeper(std::uint64_t& depth) : depth_(depth) {
    if (depth_ >= limits::kValueDepth) {
      throw Error(ErrorCode::kLimit, {.problem = "the value is nested too deep",
                                      .expected = std::to_string(limits::kValueDepth)});
    }
    ++depth_;
  }
  ~Deeper() { --depth_; }
  Deeper(const Deeper&) = delete;
  Deeper& operator=(const Deeper&) = delete;

 private:
  std::uint64_t& depth_;
};

}  // namespace

StateWalk::StateWalk(Checkpoint& checkpoint, nb::object adapter)
    : checkpoint_(checkpoint),
      adapter_(std::move(adapter)),
      ordered_dict_(nb::module_::import_("collections").attr("OrderedDict")) {}

void StateWalk::AddRoot(nb::handle root) {
  if (!PyDict_CheckExact(root.ptr())) return AddEntry("", root);
  const Opened opened(open_, root);
  const Members members = MembersOf(root);
  if (IsTensorDict(members) || !AreEntryNames(members)) {
    checkpoint_.AddValue("", BuildMap(root, members));
    return;
  }
  for (std::size_t i = 0; i < members.items.size(); ++i) {
    const KeyStep step(path_, members.keys[i]);
    AddEntry(members.keys[i].AsString(), members.items[i]);
  }
}

void StateWalk::AddEntry(std::string name, nb::handle object) {
  const nb::handle record = Adapted(object);
  if (record.is_valid() && nb::isinstance<ModelRecord>(record)) {
    AddModel(std::move(name), *nb::inst_ptr<ModelRecord>(record));
  } else {
    checkpoint_.AddValue(std::move(name), Build(object));
  }
}

void StateWalk::AddModel(std::string name, const ModelRecord& model) {
  const ScopeRef scope = checkpoint_.AddScope();
  for (const auto& [tensor_name, tensor] : model.tensors) {
    const Value key(tensor_name);
    const KeyStep step(path_, key);
    try {
      checkpoint_.AddTensor(scope, tensor.Source(tensor_name));
    } catch (const Error& error) {
      throw error.WithEntry(path_.Text());
    }
  }
  checkpoint_.AddModel(std::move(name), {.scope = scope,
                                         .training = model.training,
                                         .training_exceptions = model.training_exceptions,
                                         .metadata = Build(model.metadata)});
}

bool StateWalk::IsTensorDict(const Members& members) {
  return !members.items.empty() && checkpoint_.scope_count() < limits::kScopes &&
         std::ranges::all_of(members.keys, IsName) &&
         std::ranges::all_of(members.items,
                             [this](const nb::object& item) { return TensorOf(item) != nullptr; });
}

bool StateWalk::AreEntryNames(const Members& members) {
  return !members.items.empty() && members.items.size() <= limits::kEntries &&
         std::ranges::all_of(
             members.keys, [](const Value& key) { return IsName(key) && !key.AsString().empty(); });
}

bool StateWalk::IsOrderedDict(nb::handle object) const { return object.type().is(ordered_dict_); }

nb::handle StateWalk::Adapted(nb::handle object) {
  const auto found = adapted_.find(object.ptr());
  if (found != adapted_.end()) return found->second;
  PyObject* p = object.ptr();
  const bool plain = p == Py_None || PyBool_Check(p) || PyLong_CheckExact(p) ||
                     PyFloat_CheckExact(p) || PyUnicode_CheckExact(p) || PyBytes_CheckExact(p) ||
                     PyByteArray_CheckExact(p) || PyComplex_CheckExact(p) || IsSequence(object) ||
                     PyDict_CheckExact(p) || IsOrderedDict(object);
  if (plain) return {};
  nb::object record = adapter_(object);
  kept_.push_back(nb::borrow(object));
  return adapted_.emplace(p, std::move(record)).first->second;
}

const TensorRecord* StateWalk::TensorOf(nb::handle object) {
  const nb::handle record = Adapted(object);
  const bool is_tensor = record.is_valid() && nb::isinstance<TensorRecord>(record);
  return is_tensor ? nb::inst_ptr<TensorRecord>(record) : nullptr;
}

Value StateWalk::Build(nb::handle object) {  // NOLINT(misc-no-recursion): as deep as values may be
  try {
    const Deeper deeper(depth_);
    return BuildUnguarded(object);
  } catch (const Error& error) {
    throw error.WithEntry(path_.Text());
  }
}

Value StateWalk::BuildUnguarded(nb::handle object) {  // NOLINT(misc-no-recursion)
  if (std::optional<Value> scalar = ScalarFromPython(object)) return std::move(*scalar);
  if (IsSequence(object)) {
    const Opened opened(open_, object);
    return BuildSequence(object);
  }
  if (PyDict_CheckExact(object.ptr()) || IsOrderedDict(object)) {
    const Opened opened(open_, object);
    return BuildMap(object, MembersOf(object));
  }
  return BuildAdapted(object);
}

Value StateWalk::BuildSequence(nb::handle object) {  // NOLINT(misc-no-recursion)
  // A copy: the adapter is Python code, and what it touches could change the list meanwhile.
  const nb::object members = Checked(PySequence_Tuple(object.ptr()));
  std::vector<Value> items;
  items.reserve(static_cast<std::size_t>(PyTuple_GET_SIZE(members.ptr())));
  for (const nb::handle item : nb::borrow<nb::tuple>(members)) {
    const KeyStep step(path_, items.size());
    items.push_back(Build(item));
  }
  PyObject* p = object.ptr();
  if (PyList_CheckExact(p)) return Value::List(std::move(items));
  if (PyTuple_CheckExact(p)) return Value::Tuple(std::move(items));
  return PyFrozenSet_CheckExact(p) ? Value::FrozenSet(std::move(items))
                                   : Value::Set(std::move(items));
}

Value StateWalk::BuildMap(nb::handle map, const Members& members) {  // NOLINT(misc-no-recursion)
  if (IsTensorDict(members)) return BuildTensorDict(map, members);
  if (!IsOrderedDict(map)) return Value::Map(BuildPairs(members));
  std::vector<Value::Pair> pairs = BuildPairs(members);
  return Value::OrderedMap(std::move(pairs), BuildAttributes(map));
}

std::vector<Value::Pair> StateWalk::BuildPairs(  // NOLINT(misc-no-recursion)
    const Members& members) {
  std::vector<Value::Pair> pairs;
  pairs.reserve(members.items.size());
  for (std::size_t i = 0; i < members.items.size(); ++i) {
    const KeyStep step(path_, members.keys[i]);
    pairs.emplace_back(members.keys[i], Build(members.items[i]));
  }
  return pairs;
}

Value StateWalk::BuildTensorDict(  // NOLINT(misc-no-recursion): only into attributes
    nb::handle map, const Members& members) {
  const ScopeRef scope = checkpoint_.AddScope();
  for (std::size_t i = 0; i < members.items.size(); ++i) {
    const KeyStep step(path_, members.keys[i]);
    try {
      const TensorSource source = TensorOf(members.items[i])->Source(members.keys[i].AsString());
      added_.emplace(members.items[i].ptr(), checkpoint_.AddTensor(scope, source));
    } catch (const Error& error) {
      throw error.WithEntry(path_.Text());
    }
  }
  if (!IsOrderedDict(map)) return Value::TensorDict(scope);
  return Value::OrderedTensorDict(scope, BuildAttributes(map));
}

// Attributes are a map even where they hold nothing but tensors.
Value StateWalk::BuildAttributes(nb::handle map) {  // NOLINT(misc-no-recursion)
  const nb::object attributes = map.attr("__dict__");
  const Deeper deeper(depth_);
  const Opened opened(open_, attributes);
  std::vector<Value::Pair> pairs = BuildPairs(MembersOf(attributes));
  return pairs.empty() ? Value() : Value::Map(std::move(pairs));
}

Value StateWalk::BuildKey(nb::handle key) {  // NOLINT(misc-no-recursion)
  Value built = Build(key);
  if (!text::IsKey(text::ValueNode(built))) {
    throw Unrepresentable("a dict with a key of kind " + Name(built.kind()),
                          "save it with keys that are texts, numbers or tuples of these");
  }
  return built;
}

StateWalk::Members StateWalk::MembersOf(nb::handle map) {  // NOLINT(misc-no-recursion)
  // Not the dict's own walk: an OrderedDict has an order beside that of its dict.
  const nb::object pairs = Checked(PyMapping_Items(map.ptr()));
  Members members;
  for (const nb::handle pair : nb::borrow<nb::list>(pairs)) {
    members.keys.push_back(BuildKey(pair[0]));
    members.items.emplace_back(pair[1]);
  }
  return members;
}

TensorRef StateWalk::AddAnonymous(nb::handle object, const TensorRecord& tensor) {
  const auto found = added_.find(object.ptr());
  if (found != added_.end()) return found->second;
  const TensorRef ref = checkpoint_.AddAnonymousTensor(tensor.Source({}));
  added_.emplace(object.ptr(), ref);
  return ref;
}

Value StateWalk::BuildAdapted(nb::handle object) {  // NOLINT(misc-no-recursion)
  const nb::handle record = Adapted(object);
  if (nb::isinstance<TensorRecord>(record)) {
    return Value::Tensor(AddAnonymous(object, *nb::inst_ptr<TensorRecord>(record)));
  }
  if (nb::isinstance<PlainRecord>(record)) return nb::inst_ptr<PlainRecord>(record)->value;
  if (nb::isinstance<ScalarRecord>(record)) {
    const auto& scalar = *nb::inst_ptr<ScalarRecord>(record);
    return Value::TypedScalar(scalar.dtype, scalar.element);
  }
  if (nb::isinstance<SubstituteRecord>(record)) {
    const nb::object substitute = nb::inst_ptr<SubstituteRecord>(record)->object;
    const Opened opened(open_, object);
    return BuildUnguarded(substitute);
  }
  if (nb::isinstance<ModelRecord>(record)) {
    throw Unrepresentable("a module inside of a value",
                          "give it an entry of its own, as in save({\"model\": net}, path), or "
                          "save its state_dict()");
  }
  const auto& refusal = nb::cast<const Refusal&>(record);
  throw Unrepresentable(refusal.what, refusal.advice);
}

}  // namespace statestone::python
