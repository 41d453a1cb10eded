// Turns a Python object into a description of a .stone file: what `save` does before it writes.
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "interop/key_path.h"
#include "python/src/binding.h"
#include "python/src/records.h"
#include "statestone/checkpoint.h"

namespace statestone::python {

/// Walks an object once. Needs the GIL. Every error carries the display path of the object at which
/// it arose. What it adds points into memory of the objects: it must outlive the save.
class StateWalk {
 public:
  /// `adapter(object)` says what an object is that is not plain data, as one of the records.
  StateWalk(Checkpoint& checkpoint, nb::object adapter);

  /// The root, as ConvertPt places that of a pickle: a dict or OrderedDict of nothing but tensors
  /// is one tensor dict under the empty name, another plain dict whose keys can be names of entries
  /// becomes these entries, everything else is one value under the empty name. A module is a model
  /// entry. \throws Error unrepresentable, limit; nb::python_error what the adapter raises
  void AddRoot(nb::handle root);

 private:
  struct Members {
    std::vector<Value> keys;
    std::vector<nb::object> items;
  };

  Value Build(nb::handle object);
  Value BuildUnguarded(nb::handle object);
  Value BuildSequence(nb::handle object);
  Value BuildMap(nb::handle map, const Members& members);
  Value BuildTensorDict(nb::handle map, const Members& members);
  Value BuildAttributes(nb::handle map);
  Value BuildAdapted(nb::handle object);
  std::vector<Value::Pair> BuildPairs(const Members& members);
  Value BuildKey(nb::handle key);
  void AddEntry(std::string name, nb::handle object);
  void AddModel(std::string name, const ModelRecord& model);

  Members MembersOf(nb::handle map);
  bool IsTensorDict(const Members& members);
  static bool AreEntryNames(const Members& members);
  bool IsOrderedDict(nb::handle object) const;

  /// The adapter's answer, once for each object. Null for what is plain data.
  nb::handle Adapted(nb::handle object);
  const TensorRecord* TensorOf(nb::handle object);
  TensorRef AddAnonymous(nb::handle object, const TensorRecord& tensor);

  Checkpoint& checkpoint_;
  nb::object adapter_;
  nb::object ordered_dict_;
  KeyPath path_;
  std::uint64_t depth_ = 0;
  std::unordered_set<PyObject*> open_;  // containers that are being walked, to notice cycles
  std::unordered_map<PyObject*, nb::object> adapted_;
  std::unordered_map<PyObject*, TensorRef> added_;
  std::vector<nb::object> kept_;  // so that no address is used for two objects
};

}  // namespace statestone::python
