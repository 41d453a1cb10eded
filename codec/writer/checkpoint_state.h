// What a Checkpoint holds behind its pointer.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "codec/container/index_builder.h"
#include "codec/writer/placement.h"
#include "statestone/checkpoint.h"

namespace statestone {

struct Checkpoint::State {
  std::vector<writer::TensorRecord> tensors;
  std::vector<std::vector<TensorRef>> scopes;  ///< the tensors of each, in order of insertion
  std::vector<bool> scope_used;
  std::vector<Entry> entries;
  /// By place in `entries`, whose value there is null.
  std::unordered_map<std::size_t, container::UnknownEntry> unknown_entries;
  std::unordered_set<std::string> entry_names;
  std::vector<std::shared_ptr<const void>> kept;

  /// By attachment, in the order of the entries: the storage of the generation before that holds
  /// its bytes, if it is not written again.
  std::vector<std::optional<std::uint32_t>> kept_attachments;

  TensorRef AddTensor(TensorSource source, std::uint32_t scope);
  /// A tensor of the generation before; checked already, when that was opened.
  TensorRef AddKept(writer::TensorRecord record);
  void AddEntry(Entry entry);
  /// An entry of the generation before, whatever it is made of.
  void AddKeptEntry(Entry entry, std::optional<std::uint32_t> attachment_storage);
  void AddUnknownEntry(std::string name, container::UnknownEntry entry,
                       std::optional<std::uint32_t> attachment_storage);
  void UseScopesOf(const ModelSource& model);
  void UseScopesOf(const Value& value);
};

}  // namespace statestone
