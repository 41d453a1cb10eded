// Values of a .stone file, from the objects of a pickle.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "interop/budget.h"
#include "interop/key_path.h"
#include "interop/pickle/machine.h"
#include "interop/pt/index_check.h"
#include "interop/pt/quantized_call.h"
#include "interop/pt/tensor_writer.h"
#include "statestone/checkpoint.h"
#include "statestone/import.h"

namespace statestone {

/// Walks the objects once and writes entries. Every error carries the display path of the value at
/// which it arose. Not thread-safe. All arguments must outlive it.
class ValueBuilder {
 public:
  ValueBuilder(const pickle::Pickle& pickle, pt::TensorWriter& tensors, Budget& budget,
               bool skip_unknown);

  /// Adds the root to the description. A dict or OrderedDict of nothing but tensors is one tensor
  /// dict under the empty name, any other plain dict whose keys can be names of entries becomes
  /// these entries, and everything else, the state_dict of an optimizer too, is one value under the
  /// empty name. \throws Error unsafe, unrepresentable, corrupt, limit
  void WriteRoot(Checkpoint& checkpoint);

  std::vector<SkippedEntry> TakeSkipped() { return std::move(skipped_); }

 private:
  struct Members {
    std::vector<Value> keys;
    std::vector<pickle::ObjectId> items;
  };

  Value Build(pickle::ObjectId id);
  Value BuildUnguarded(pickle::ObjectId id);
  Value BuildScalar(pickle::ObjectId id);
  Value BuildText(pickle::ObjectId id);
  Value BuildBytes(pickle::ObjectId id);
  Value BuildSequence(pickle::ObjectId id);
  Value BuildMap(pickle::ObjectId id);
  Value BuildMap(pickle::ObjectId id, const Members& members);
  Value BuildTensorDict(pickle::ObjectId id, const Members& members);
  Value BuildAttributes(pickle::ObjectId id);
  std::vector<Value::Pair> BuildPairs(const Members& members);
  Value BuildCall(pickle::ObjectId id);
  Value BuildGlobal(pickle::ObjectId id);
  Value BuildDevice(pickle::ObjectId id);
  Value BuildSize(pickle::ObjectId id);
  Value BuildSparse(pickle::ObjectId id);
  Value BuildQuantized(pickle::ObjectId id);
  Value BuildPart(std::string_view name, pickle::ObjectId tensor,
                  const pt::IndexRule* rule = nullptr);
  void CheckChannels(pickle::ObjectId id, const pt::QuantizedSpec& quantized);

  Members MembersOf(pickle::ObjectId map);
  Value BuildKey(pickle::ObjectId id);
  bool SkipUnknown(const Value& key, pickle::ObjectId item);
  bool IsTensorDict(const Members& members) const;
  static bool AreEntryNames(const Members& members);
  static bool IsOptimizer(const Members& members);

  const pickle::Pickle& pickle_;
  pt::TensorWriter& tensors_;
  Budget& budget_;
  bool skip_unknown_;
  KeyPath path_;
  std::uint64_t depth_ = 0;
  std::vector<bool> open_;  // containers that are being walked, to notice cycles
  std::unordered_map<pickle::ObjectId, pickle::ObjectId> unknown_in_;  // what FindUnlisted found
  std::vector<SkippedEntry> skipped_;
};

}  // namespace statestone
