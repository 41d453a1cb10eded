#include "torch_bridge/restore_plan.h"

#include <optional>
#include <unordered_map>
#include <utility>

#include "codec/check/require.h"
#include "statestone/torch_dtype.h"
#include "torch_bridge/memory_extent.h"
#include "torch_bridge/module_ties.h"
#include "torch_bridge/rename.h"
#include "torch_bridge/tensor_source.h"

namespace statestone {
namespace {

std::string SignatureOf(const at::Tensor& tensor) {
  const auto dtype = ToDType(tensor.scalar_type());
  std::string text =
      dtype ? std::string(Name(*dtype)) : std::string(toString(tensor.scalar_type()));
  text += " [";
  for (std::int64_t i = 0; i < tensor.dim(); ++i) {
    text += (i == 0 ? "" : ", ") + std::to_string(tensor.size(i));
  }
  return text + "]";
}

bool SameShape(const TensorInfo& info, const at::Tensor& tensor) {
  if (info.shape.size() != static_cast<std::size_t>(tensor.dim())) return false;
  for (std::size_t i = 0; i < info.shape.size(); ++i) {
    if (info.shape[i] != static_cast<std::uint64_t>(tensor.sizes()[i])) return false;
  }
  return true;
}

void RequireWritable(const NamedTensor& target) {
  RequireRepresentable(target.tensor, target.name);
  if (HasDistinctElements(target.tensor)) return;
  throw Error(ErrorCode::kUnrepresentable,
              {.entry = target.name,
               .problem = "elements of this tensor of the module share memory, so that they cannot "
                          "be restored one by one",
               .found = "strides of an expanded tensor",
               .advice = "make it contiguous() before the restore"});
}

Error TwoForOneName(const StoredTensor& stored, const std::string& in_module, bool renamed) {
  return {renamed ? ErrorCode::kInvalidArgument : ErrorCode::kCorrupt,
          {.entry = in_module,
           .problem = "two tensors of the file have this name",
           .found = "\"" + stored.name + "\" is the second",
           .advice = renamed ? "correct the rename pairs"
                             : "the file was not written by a correct program"}};
}

class Planner {
 public:
  Planner(const Reader& reader, const std::vector<NamedTensor>& module,
          const RestoreOptions& options)
      : reader_(reader), module_(module), options_(options), names_(options.rename) {
    for (std::size_t i = 0; i < module.size(); ++i) index_.emplace(module[i].name, i);
    stored_.resize(module.size());
  }

  RestorePlan Make(const StoredTensors& stored) && {
    plan_.report.unexpected = stored.not_tensors;
    for (const StoredTensor& tensor : stored.tensors) Match(tensor);
    plan_.report.unused_renames = names_.Unused();
    const std::vector<std::size_t> first_alias = FirstAliases(module_);
    std::vector<bool> filled(module_.size(), false);
    for (std::size_t i = 0; i < module_.size(); ++i) {
      if (stored_[i]) filled[first_alias[i]] = true;
    }
    for (std::size_t i = 0; i < module_.size(); ++i) Place(i, filled[first_alias[i]]);
    CompareTies(reader_, plan_);
    return std::move(plan_);
  }

 private:
  void Match(const StoredTensor& tensor) {
    const std::string name = names_.InModule(tensor.name);
    const auto place = index_.find(name);
    if (place == index_.end()) {
      plan_.report.unexpected.push_back(
          {.name = tensor.name, .expected = {}, .found = Signature(reader_.tensor(tensor.tensor))});
      return;
    }
    std::optional<TensorRef>& stored = stored_[place->second];
    Require(CheckSite::kRestoreNameTwice, !stored.has_value(),
            [&] { return TwoForOneName(tensor, name, !options_.rename.empty()); });
    stored = tensor.tensor;
  }

  // One tensor of the module; `filled` says whether the file has it under this or a tied name.
  void Place(std::size_t i, bool filled) {
    const NamedTensor& target = module_[i];
    if (!stored_[i]) {
      if (filled) {
        plan_.report.loaded.push_back(target.name);
      } else {
        plan_.report.missing.push_back(
            {.name = target.name, .expected = SignatureOf(target.tensor), .found = {}});
      }
      return;
    }
    RequireWritable(target);
    const TensorInfo info = reader_.tensor(*stored_[i]);
    const TensorDifference difference{target.name, SignatureOf(target.tensor), Signature(info)};
    if (!SameShape(info, target.tensor)) {
      plan_.report.shape_changed.push_back(difference);
      return;
    }
    if (info.dtype == nullptr || info.dtype->dtype != *ToDType(target.tensor.scalar_type())) {
      plan_.report.dtype_changed.push_back(difference);
    }
    plan_.report.loaded.push_back(target.name);
    plan_.items.push_back({target.name, *stored_[i], info, target.tensor, target.kind});
  }

  const Reader& reader_;
  const std::vector<NamedTensor>& module_;
  const RestoreOptions& options_;
  NameMap names_;
  std::unordered_map<std::string, std::size_t> index_;
  std::vector<std::optional<TensorRef>> stored_;  // by place in the module
  RestorePlan plan_;
};

}  // namespace

RestorePlan PlanRestore(const Reader& reader, const StoredTensors& stored,
                        const std::vector<NamedTensor>& module, const RestoreOptions& options) {
  return Planner(reader, module, options).Make(stored);
}

bool IsAllowed(const RestoreReport& report, const RestoreOptions& options) {
  const auto holds = [](CheckSite site, bool condition) { return condition || IsDisabled(site); };
  return holds(CheckSite::kRestoreMissing, report.missing.empty() || options.allow_missing) &&
         holds(CheckSite::kRestoreUnexpected,
               report.unexpected.empty() || options.allow_unexpected) &&
         holds(CheckSite::kRestoreShape, report.shape_changed.empty()) &&
         holds(CheckSite::kRestoreDType,
               report.dtype_changed.empty() || options.allow_dtype_change) &&
         holds(CheckSite::kRestoreTies, report.tie_conflicts.empty()) &&
         holds(CheckSite::kRestoreRenames, report.unused_renames.empty());
}

}  // namespace statestone
