// The optimizers of the bridge as C++ sees them; test_optimizers.py compares their bits.
#include <gmock/gmock.h>
#include <torch/torch.h>

#include "statestone/error.h"
#include "statestone/optim.h"
#include "tests/faults/error_of.h"
#include "tests/torch_bridge/bits.h"

namespace statestone::optim {
namespace {

using faults::ErrorOf;
using testing::HasSubstr;

at::Tensor Parameter() { return torch::ones({3, 2}, torch::requires_grad()); }

void GiveDense(at::Tensor param) { param.mutable_grad() = torch::full_like(param, 0.5); }

void GiveSparse(at::Tensor param) {
  param.mutable_grad() =
      torch::sparse_coo_tensor(torch::tensor({{1}}), torch::ones({1, 2}), {3, 2});
}

template <typename Optimizer>
void ExpectRefusesSparseGradients(Optimizer&& optimizer, const at::Tensor& dense,
                                  const at::Tensor& sparse, const std::string& problem) {
  GiveDense(dense);
  GiveSparse(sparse);
  const std::string before = BitsOf(dense);
  const Error error = ErrorOf([&] { optimizer.step(); });
  EXPECT_EQ(error.code(), ErrorCode::kInvalidArgument);
  EXPECT_THAT(error.what(), HasSubstr(problem));
  EXPECT_EQ(BitsOf(dense), before) << "the parameter before it was not stepped either";
}

TEST(OptimizersTest, RefuseSparseGradientsBeforeAnyParameterChanges) {
  const at::Tensor dense = Parameter();
  const at::Tensor sparse = Parameter();
  const std::vector<at::Tensor> params = {dense, sparse};
  ExpectRefusesSparseGradients(Adam(params), dense, sparse, "Adam takes no sparse gradients");
  ExpectRefusesSparseGradients(AdamW(params), dense, sparse, "AdamW takes no sparse gradients");
  ExpectRefusesSparseGradients(RMSprop(params), dense, sparse, "RMSprop takes no sparse gradients");
  ExpectRefusesSparseGradients(Adagrad(params, torch::optim::AdagradOptions().weight_decay(0.1)),
                               dense, sparse,
                               "Adagrad's weight decay does not go with sparse gradients");
}

TEST(OptimizersTest, GiveTheLossOfAClosureThatRunsWithGradients) {
  const at::Tensor param = Parameter();
  SGD optimizer({param}, torch::optim::SGDOptions(0.25));
  const torch::NoGradGuard no_grad;
  const at::Tensor loss = optimizer.step([&] {
    EXPECT_TRUE(torch::GradMode::is_enabled());
    optimizer.zero_grad();
    at::Tensor sum = param.sum();
    sum.backward();
    return sum;
  });
  EXPECT_EQ(loss.item<float>(), 6.0F);
  EXPECT_EQ(param.sum().item<float>(), 4.5F);
}

TEST(OptimizersTest, StepWithoutAClosureGivesNoLoss) {
  EXPECT_FALSE(SGD({Parameter()}, torch::optim::SGDOptions(0.1)).step().defined());
}

TEST(OptimizersTest, LeaveParametersWithoutGradientsAndTheirStatesAlone) {
  const at::Tensor param = Parameter();
  Adam optimizer({param});
  optimizer.step();
  EXPECT_EQ(BitsOf(param), BitsOf(Parameter()));
  EXPECT_TRUE(optimizer.state().empty());
}

TEST(OptimizersTest, AreOptimizersOfTorchWithItsOptionsAndStates) {
  const at::Tensor param = Parameter();
  AdamW optimizer({param}, torch::optim::AdamWOptions(0.1));
  torch::optim::AdamW& torchs = optimizer;
  GiveDense(param);
  torchs.step();
  const auto& state = static_cast<const torch::optim::AdamWParamState&>(
      *torchs.state().at(param.unsafeGetTensorImpl()));
  EXPECT_EQ(state.step(), 1);
  EXPECT_TRUE(state.exp_avg().defined());
  EXPECT_FALSE(state.max_exp_avg_sq().defined());
}

TEST(OptimizersTest, KeepNoStateOfPlainSgd) {
  const at::Tensor param = Parameter();
  SGD optimizer({param}, torch::optim::SGDOptions(0.1));
  GiveDense(param);
  optimizer.step();
  EXPECT_TRUE(optimizer.state().empty());
}

TEST(OptimizersTest, SaysThatAmsgradCameTooLate) {
  const at::Tensor param = Parameter();
  Adam optimizer({param});
  GiveDense(param);
  optimizer.step();
  static_cast<torch::optim::AdamOptions&>(optimizer.param_groups()[0].options()).amsgrad(true);
  const std::string before = BitsOf(param);
  const Error error = ErrorOf([&] { optimizer.step(); });
  EXPECT_EQ(error.code(), ErrorCode::kInvalidArgument);
  EXPECT_THAT(error.what(), HasSubstr("no max_exp_avg_sq"));
  EXPECT_THAT(error.fields().advice, HasSubstr("amsgrad"));
  EXPECT_EQ(BitsOf(param), before);
}

TEST(OptimizersTest, SaysThatMomentumOrCenteringOfRmspropCameTooLate) {
  const at::Tensor param = Parameter();
  RMSprop optimizer({param});
  auto& options = static_cast<torch::optim::RMSpropOptions&>(optimizer.param_groups()[0].options());
  GiveDense(param);
  optimizer.step();
  options.momentum(0.9);
  EXPECT_THAT(ErrorOf([&] { optimizer.step(); }).what(), HasSubstr("no momentum_buffer"));
  options.momentum(0).centered(true);
  EXPECT_THAT(ErrorOf([&] { optimizer.step(); }).what(), HasSubstr("no grad_avg"));
}

TEST(OptimizersTest, AdagradSumsOfAddedGroupsStartAtTheInitialValue) {
  Adagrad optimizer({Parameter()}, torch::optim::AdagradOptions().initial_accumulator_value(0.5));
  const at::Tensor added = Parameter();
  optimizer.add_param_group(torch::optim::OptimizerParamGroup(std::vector<at::Tensor>{added}));
  GiveDense(added);
  optimizer.step();
  const auto& state = static_cast<const torch::optim::AdagradParamState&>(
      *optimizer.state().at(added.unsafeGetTensorImpl()));
  EXPECT_EQ(state.sum().max().item<float>(), 0.75F);
}

TEST(OptimizersTest, ArchivesOfTorchKeepTheirStates) {
  const at::Tensor param = Parameter();
  Adam optimizer({param});
  GiveDense(param);
  optimizer.step();
  std::stringstream stream;
  torch::save(static_cast<torch::optim::Optimizer&>(optimizer), stream);
  Adam loaded({param});
  torch::load(static_cast<torch::optim::Optimizer&>(loaded), stream);
  const auto& state = static_cast<const torch::optim::AdamParamState&>(
      *loaded.state().at(param.unsafeGetTensorImpl()));
  EXPECT_EQ(state.step(), 1);
}

}  // namespace
}  // namespace statestone::optim
