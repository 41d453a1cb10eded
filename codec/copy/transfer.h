// Takes entries of a Reader over into a description, one by one.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "codec/container/index_builder.h"
#include "statestone/checkpoint.h"
#include "statestone/reader.h"

namespace statestone::copy {

/// Walks entries and values and gives their tensors and scopes the description's numbers. What a
/// tensor or attachment is described as is up to the subclass. One tensor that several places refer
/// to stays one. Not thread-safe; the description must outlive the calls.
class Transfer {
 public:
  Transfer(Reader source, Checkpoint& target);
  virtual ~Transfer() = default;
  Transfer(const Transfer&) = delete;
  Transfer& operator=(const Transfer&) = delete;

  /// Adds an entry, under another name if wanted. \throws Error what AddTensor and the description
  /// throw; unsupported for what is of the future, unless the subclass keeps it
  void AddEntry(std::size_t entry, std::string name);

  /// The parts of entries: each added at most once.
  ScopeRef AddScope(ScopeRef scope);
  TensorRef AddReference(TensorRef tensor);
  /// `entry` is for errors. Cost: the size of the tree.
  Value AddValue(const Value& value, const std::string& entry);
  ModelSource AddModel(const ModelInfo& model, const std::string& entry);

  /// Declares of which scopes the entries are not added, or not known to be: tensors of these that
  /// others refer to become anonymous. None of them at first.
  void DropScopes(std::vector<bool> dropped) { dropped_ = std::move(dropped); }

  /// Tensors without a name that no entry of the source refers to, in case somebody knows them by
  /// their numbers; and scopes that nothing is known to own, since an entry of the future may.
  void AddUnreferenced();

  const Reader& source() const { return source_; }

 protected:
  /// Describes a tensor: in a scope of the description, or anonymous.
  virtual TensorRef AddTensor(std::optional<ScopeRef> scope, TensorRef tensor) = 0;
  virtual void AddAttachment(std::string name, const AttachmentInfo& attachment) = 0;
  /// Adds an entry with its content. Subclasses that keep what is of the future do so here.
  virtual void AddBody(Checkpoint::Entry entry);
  /// An entry of a kind of the future.
  virtual void AddUnknownEntry(std::size_t entry, std::string name) = 0;
  /// Whether values of kinds of the future may pass as they are, and dtypes of the future.
  virtual bool keeps_unknown_values() const { return false; }
  virtual bool keeps_foreign_dtypes() const { return false; }
  /// The tables of an entry of the future, all but its attachment.
  container::UnknownEntry UnknownTables(std::size_t entry, const std::string& name);

  static Error WouldLose(std::string entry, std::string what);

  Checkpoint& target() { return target_; }

 private:
  const Reader source_;
  Checkpoint& target_;
  std::vector<bool> dropped_;  // by scope
  std::vector<std::optional<ScopeRef>> scopes_;
  std::vector<std::optional<TensorRef>> tensors_;
};

}  // namespace statestone::copy
