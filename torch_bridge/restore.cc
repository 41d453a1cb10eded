#include "torch_bridge/restore.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "torch_bridge/likely_renames.h"
#include "torch_bridge/restore_plan.h"
#include "torch_bridge/staged_tensors.h"
#include "torch_bridge/stored_tensors.h"

namespace statestone {
namespace {

MismatchError Mismatch(const std::string& path, RestoreReport report) {
  report.loaded.clear();
  report.likely_renames = LikelyRenames(report.missing, report.unexpected);
  ErrorFields fields{.path = path,
                     .entry = report.entry,
                     .problem = "the stored tensors do not fit the module, which is unchanged",
                     .advice = "correct the module, or set rename or the allow_ options"};
  return {std::move(fields), std::move(report)};
}

std::vector<std::string> ModeDifferences(const TrainingFlags& file, const TrainingFlags& module) {
  if (file.root == TrainingMode::kUnknown) return {};
  if (file.root != module.root) return {""};
  std::vector<std::string> differ;
  std::ranges::set_symmetric_difference(file.exceptions, module.exceptions,
                                        std::back_inserter(differ));
  return differ;
}

void ApplyRequiresGrad(const std::vector<RestoreItem>& items) {
  for (const RestoreItem& item : items) {
    const bool can_require = item.target.is_floating_point() || item.target.is_complex();
    if (item.kind != TensorKind::kParameter || !item.target.is_leaf() || !can_require) continue;
    at::Tensor(item.target).set_requires_grad(item.info.requires_grad);
  }
}

void Commit(StagedTensors& staged, bool in_place) {
  if (!in_place) return staged.Commit();
  try {
    staged.Commit();
  } catch (const Error& error) {
    ErrorFields fields = error.fields();
    fields.advice += fields.advice.empty() ? "" : "; ";
    fields.advice += "the module was being restored in place and may hold a part of the file";
    throw Error(error.code(), std::move(fields));
  }
}

}  // namespace

RestoreReport RestoreModule(const Reader& reader, const std::string& path, std::string_view entry,
                            torch::nn::Module& module, const RestoreOptions& options) {
  StoredTensors stored = FindStoredTensors(reader, entry);
  RestorePlan plan = PlanRestore(reader, stored, NamedTensors(module), options);
  const TrainingFlags file_flags{stored.training, std::move(stored.training_exceptions)};
  const TrainingFlags module_flags = ReadTrainingFlags(module);
  plan.report.entry = entry;
  plan.report.file_training = file_flags.root;
  plan.report.module_training = module_flags.root;
  plan.report.training_differs = ModeDifferences(file_flags, module_flags);
  if (!IsAllowed(plan.report, options)) throw Mismatch(path, std::move(plan.report));

  StagedTensors staged(reader, plan, options.in_place);
  for (const TieToCompare& tie : plan.ties) {
    for (std::size_t i = 1; i < tie.size(); ++i) {
      if (staged.Equal(tie[0], tie[i])) continue;
      plan.report.tie_conflicts.push_back(
          {.name = plan.items[tie[i]].name,
           .expected = "the values of \"" + plan.items[tie[0]].name + "\", whose memory it shares",
           .found = "other values"});
    }
  }
  if (!IsAllowed(plan.report, options)) throw Mismatch(path, std::move(plan.report));

  Commit(staged, options.in_place);
  if (options.apply_requires_grad) ApplyRequiresGrad(plan.items);
  if (options.apply_training_mode) ApplyTrainingFlags(file_flags, module);
  return std::move(plan.report);
}

}  // namespace statestone
