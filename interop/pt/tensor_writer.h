// Hands tensors over to a description so that memory does not grow with them and ties are kept.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "interop/budget.h"
#include "interop/pickle/machine.h"
#include "interop/pt/container.h"
#include "interop/pt/index_check.h"
#include "interop/pt/storages.h"
#include "interop/pt/tensor_call.h"
#include "statestone/checkpoint.h"
#include "statestone/import.h"

namespace statestone::pt {

/// A tensor that stands alone in its storage's bytes is read piece by piece; tensors that share
/// bytes (ties), and those that are not row-major, are given in place through the map. Not
/// thread-safe. All arguments must outlive it; what it adds to the description keeps what it needs.
class TensorWriter {
 public:
  /// Finds the tensors of the pickle and what they share, inflates what is deflated, and checks the
  /// sum of every record that is not read from end to end later on.
  /// \throws Error corrupt, io, canceled. Tensors that are wrong in themselves are left to Add.
  TensorWriter(const pickle::Pickle& pickle, Container& container, Checkpoint& checkpoint,
               Budget& budget, const std::stop_token& stop);

  /// Whether an object becomes a tensor: one of torch, or a NumPy array.
  bool IsTensor(pickle::ObjectId id) const;

  /// Whether another set of names may be added.
  bool HasScopeLeft() const;
  ScopeRef AddScope();

  /// `path` is where it stands, for errors while its bytes are read.
  /// \throws Error as ReadTensorCall and ReadNumpyArray; limit for tensors that repeat few bytes
  /// too
  ///     often
  void AddNamed(ScopeRef scope, std::string name, pickle::ObjectId id, const std::string& path);
  /// The same object gives the same reference, that of its name where it has one.
  TensorRef AddAnonymous(pickle::ObjectId id, const std::string& path);

  /// AddAnonymous, for indices that are checked by a rule: at once where they are given in place,
  /// else as they are read. \throws Error as that; corrupt
  TensorRef AddIndices(pickle::ObjectId id, const std::string& path, const IndexRule& rule);

  /// What ReadTensorCall says. \throws Error as that
  TensorSpec SpecOf(pickle::ObjectId id);

  /// Whether bytes are given in place, so that pages of the map come into memory.
  bool uses_map() const { return uses_map_; }

  /// Attributes of tensors, which a .stone file does not keep: where, and which.
  std::vector<SkippedEntry> TakeDropped() { return std::move(dropped_); }

 private:
  struct Planned {
    TensorSpec spec;
    bool in_place = false;
    bool whole_record = false;  // read from end to end, so that the sum can be made meanwhile
  };

  void PlanTensors();
  void PlanRecords();
  void CheckRecords(const std::stop_token& stop);
  TensorSource MakeSource(pickle::ObjectId id, const std::string& path);
  TensorSource TorchSource(const Planned& planned, const std::string& path);
  TensorSource NumpySource(pickle::ObjectId id);
  void NoteAttributes(const TensorSpec& spec, const std::string& path);
  void SpendView(const TensorSpec& spec);

  const pickle::Pickle& pickle_;
  Container& container_;
  Checkpoint& checkpoint_;
  Budget& budget_;
  Storages storages_;
  std::unordered_map<pickle::ObjectId, Planned> planned_;
  std::vector<std::shared_ptr<const Record>> records_;
  std::unordered_map<pickle::ObjectId, TensorRef> added_;
  std::vector<SkippedEntry> dropped_;
  std::uint64_t scopes_ = 0;
  std::uint64_t views_left_;
  bool uses_map_ = false;
};

}  // namespace statestone::pt
