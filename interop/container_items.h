// Members of containers as the pickle left them: constructor arguments and later additions joined.
#pragma once

#include <unordered_map>
#include <utility>
#include <vector>

#include "interop/pickle/machine.h"

namespace statestone {

using ObjectPair = std::pair<pickle::ObjectId, pickle::ObjectId>;

/// Keys and values of a dict in order, those that its constructor was given first; keys that are
/// set twice are there twice. \throws Error corrupt when the constructor was given something else
std::vector<ObjectPair> DictPairs(const pickle::Pickle& pickle, pickle::ObjectId dict);

/// Members of a list, tuple, set or frozenset, those that its constructor was given first.
std::vector<pickle::ObjectId> SequenceItems(const pickle::Pickle& pickle,
                                            pickle::ObjectId sequence);

/// The first object in `id` whose class or function is not on the list, or kNoObject: `id` itself,
/// or a member of sequences in it at any depth. Dicts are not entered: what is wrong in them is
/// theirs. Linear over all calls with one `known`.
pickle::ObjectId FindUnlisted(const pickle::ObjectStore& objects, pickle::ObjectId id,
                              std::unordered_map<pickle::ObjectId, pickle::ObjectId>& known);

}  // namespace statestone
