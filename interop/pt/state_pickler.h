// The pickle of a checkpoint, as torch.load reads it.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "interop/pickle/encoder.h"
#include "interop/pt/path_step.h"
#include "interop/pt/storage_plan.h"
#include "interop/pt/tagged_value.h"
#include "statestone/checkpoint.h"
#include "statestone/export.h"

namespace statestone::pt {

/// Walks the entries once. What a pickle has no form for is added to `lost`, with what stands in
/// its place. Not thread-safe. All arguments must outlive it.
class StatePickler {
 public:
  StatePickler(const Checkpoint& checkpoint, StoragePlan& plan, std::vector<LostEntry>& lost);

  /// The root: the entry under the empty name, or a dict with a key for each entry. Places every
  /// tensor that an entry refers to. Memory: the pickle, about 100 bytes for each tensor.
  /// \throws Error limit (a text beyond 4 GiB)
  std::string Pickle();

 private:
  void WriteEntry(const Checkpoint::Entry& entry);
  void WriteModel(const ModelSource& model);
  void WriteValue(const Value& value);
  void WriteInteger(const Value& value);
  void WriteSet(const char* type, const Value& value);
  void WriteMap(const Value& value);
  void WriteItems(std::span<const Value> items);
  void WritePairs(const Value& map);
  void WriteOrderedDict();
  void WriteTensorDict(const Value& value);
  void WriteMembers(ScopeRef scope, bool plain);
  void WriteAttributes(const Value& attributes);
  void WriteDType(const Value& value);
  void WriteDevice(const Value& value);
  void WriteTypedScalar(const Value& value);
  /// `plain`: without its kind and its gradient, as a state_dict has it.
  void WriteTensor(TensorRef tensor, bool plain);
  /// What a map stands for where that is a sparse or quantized tensor; else it writes nothing.
  bool WriteTagged(const Value& map);
  void WriteSparse(const TaggedSparse& sparse);
  bool WriteQuantized(const TaggedQuantized& quantized);
  void WritePart(std::string_view name, TensorRef tensor);
  void WriteStorage(const StoragePlan::View& view);
  void WriteGeometry(const TensorSource& tensor, const StoragePlan::View& view);
  void WriteView(const TensorSource& tensor, TensorRef ref, bool requires_grad);
  void Lose(std::string what);

  const Checkpoint& checkpoint_;
  StoragePlan& plan_;
  std::vector<LostEntry>& lost_;
  pickle::Encoder out_;
  std::unordered_map<std::uint32_t, pickle::MemoIndex> written_;  // tensors
  std::unordered_map<std::uint32_t, std::string_view>
      storage_class_;  // of those written, by number
  std::string path_;   // of the value being written
};

}  // namespace statestone::pt
