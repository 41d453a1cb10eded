#include "statestone/optim/group_extras.h"

#include <torch/torch.h>

#include <memory>
#include <typeinfo>

#include "statestone/error.h"

namespace statestone::optim {
namespace {

using torch::optim::OptimizerOptions;
using torch::optim::OptimizerParamGroup;

template <typename Options>
struct WithExtras : Options, GroupExtras {
  explicit WithExtras(const Options& options) : Options(options) {}
  std::unique_ptr<OptimizerOptions> clone() const override {
    return std::make_unique<WithExtras>(*this);
  }
};

template <typename Options>
bool Replace(OptimizerParamGroup& group) {
  // Not a class derived from it: the copy would lose what that one adds.
  if (typeid(group.options()) != typeid(Options)) return false;
  group.set_options(
      std::make_unique<WithExtras<Options>>(static_cast<const Options&>(group.options())));
  return true;
}

template <typename... Options>
bool ReplaceOneOf(OptimizerParamGroup& group) {
  return (Replace<Options>(group) || ...);
}

}  // namespace

const GroupExtras* FindExtras(const OptimizerParamGroup& group) {
  return dynamic_cast<const GroupExtras*>(&group.options());
}

GroupExtras& ExtrasOf(OptimizerParamGroup& group) {
  if (auto* extras = dynamic_cast<GroupExtras*>(&group.options())) return *extras;
  using namespace torch::optim;
  if (!ReplaceOneOf<AdagradOptions, AdamOptions, AdamWOptions, LBFGSOptions, RMSpropOptions,
                    SGDOptions>(group)) {
    throw Error(ErrorCode::kUnsupported,
                {.problem = "the options of this optimizer have no place for what schedulers keep",
                 .expected = "options of one of torch's optimizers, or derived from GroupExtras",
                 .advice = "derive the options from statestone::optim::GroupExtras too"});
  }
  return dynamic_cast<GroupExtras&>(group.options());
}

}  // namespace statestone::optim
