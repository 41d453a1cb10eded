// What a Checkpoint holds behind its pointer.
#pragma once

#include <memory>
#include <string>
#include <unordered_set>
#include <vector>

#include "codec/writer/placement.h"
#include "statestone/checkpoint.h"

namespace statestone {

struct Checkpoint::State {
  std::vector<writer::TensorRecord> tensors;
  std::vector<std::vector<TensorRef>> scopes;  ///< the tensors of each, in order of insertion
  std::vector<bool> scope_used;
  std::vector<Entry> entries;
  std::unordered_set<std::string> entry_names;
  std::vector<std::shared_ptr<const void>> kept;

  TensorRef AddTensor(TensorSource source, std::uint32_t scope);
  void AddEntry(Entry entry);
};

}  // namespace statestone
