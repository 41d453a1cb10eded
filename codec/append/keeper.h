// Takes entries of the generation before over without writing their tensors again.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>

#include "codec/copy/transfer.h"

namespace statestone::append {

/// Everything survives as it is, what is of the future too: kinds of entries and values, dtypes and
/// codings.
class Keeper final : public copy::Transfer {
 public:
  using Transfer::Transfer;

  /// For tensors that are not added yet.
  void Rename(TensorRef tensor, std::string name) { names_[tensor.index] = std::move(name); }

 private:
  TensorRef AddTensor(std::optional<ScopeRef> scope, TensorRef tensor) override;
  void AddAttachment(std::string name, const AttachmentInfo& attachment) override;
  void AddBody(Checkpoint::Entry entry) override;
  void AddUnknownEntry(std::size_t entry, std::string name) override;
  bool keeps_unknown_values() const override { return true; }
  bool keeps_foreign_dtypes() const override { return true; }

  std::unordered_map<std::uint32_t, std::string> names_;
};

}  // namespace statestone::append
