// Optimizers that Python stored, in LibTorch: all or nothing, and nothing of Python's lost.
#include <gmock/gmock.h>
#include <torch/torch.h>

#include <cmath>
#include <limits>
#include <memory>

#include "statestone/optimizer_state.h"
#include "statestone/torch.h"
#include "tests/faults/scratch_directory.h"
#include "tests/torch_bridge/bits.h"
#include "tests/torch_bridge/small_run.h"

namespace statestone {
namespace {

namespace nn = torch::nn;
namespace optim = torch::optim;
using faults::ScratchDirectory;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

// An optimizer in a file as Python would have written it, over the parameters of MakeNet.
class StoredOptimizerTest : public testing::Test {
 protected:
  StoredOptimizerTest() : net_(MakeNet()) {
    stored_.algorithm = "Adam";
    stored_.model = "model";
    stored_.groups.push_back({{"0.weight", "0.bias", "2.weight", "2.bias"},
                              {{"lr", 0.01},
                               {"betas", Value::Tuple({0.9, 0.999})},
                               {"eps", 1e-8},
                               {"weight_decay", 0},
                               {"amsgrad", false},
                               {"foreach", true},
                               {"initial_lr", 0.5}}});
  }

  // State as after some steps, for the parameters that are named.
  void AddState(const std::vector<std::string>& parameters, double step = 7,
                c10::ScalarType type = at::kFloat) {
    stored_.slots = {{"step", {}}, {"exp_avg", {}}, {"exp_avg_sq", {}}};
    for (const std::string& name : parameters) {
      const at::Tensor like = Parameter(name);
      Add(0, name, torch::scalar_tensor(step));
      Add(1, name, RandomBits(like.sizes().vec(), type, 5));
      Add(2, name, torch::rand_like(like).to(type));
    }
  }

  void Add(std::size_t slot, const std::string& parameter, at::Tensor tensor) {
    tensors_.push_back(std::move(tensor));
    const TensorRef place{static_cast<std::uint32_t>(tensors_.size() - 1)};
    stored_.slots[slot].values.emplace_back(parameter, Value::Tensor(place));
  }

  at::Tensor Parameter(const std::string& name) const { return net_->named_parameters()[name]; }

  StoredCheckpoint Write() {
    Writer writer(scratch_ / "run.stone");
    const auto source = [](const at::Tensor& tensor, const std::string& name) {
      TensorSource described{.name = name, .dtype = *ToDType(tensor.scalar_type())};
      described.shape.assign(tensor.sizes().begin(), tensor.sizes().end());
      described.data = tensor.const_data_ptr();
      return described;
    };
    writer.AddValue("optimizer", MakeOptimizerValue(stored_, [&](const auto& members) {
                      const ScopeRef scope = writer.AddScope();
                      for (const auto& [name, place] : members) {
                        writer.AddTensor(scope, source(tensors_[place.index], name));
                      }
                      return scope;
                    }));
    writer.Finish();
    return TorchCheckpoint::Open(scratch_ / "run.stone");
  }

  OptimizerState WrittenAgain(const optim::Optimizer& optimizer) {
    TorchCheckpoint again;
    again.AddModel("model", *net_);
    again.AddOptimizer("optimizer", optimizer, "model");
    again.Save(scratch_ / "again.stone");
    const Reader reader = Reader::Open(scratch_ / "again.stone");
    return *ReadOptimizerState(reader.ReadValue("optimizer"), MembersIn(reader));
  }

  std::vector<std::string> names_ = {"0.weight", "0.bias", "2.weight", "2.bias"};
  ScratchDirectory scratch_;
  nn::Sequential net_;
  OptimizerState stored_;
  std::vector<at::Tensor> tensors_;
};

TEST_F(StoredOptimizerTest, SetsOptionsAndState) {
  AddState(names_);
  optim::Adam adam(net_->parameters(), optim::AdamOptions(0.5));

  Write().Restore("optimizer", adam, *net_);

  const auto& options = static_cast<optim::AdamOptions&>(adam.param_groups()[0].options());
  EXPECT_EQ(options.lr(), 0.01);
  const void* key = Parameter("2.bias").unsafeGetTensorImpl();
  const auto& state =
      static_cast<const optim::AdamParamState&>(*adam.state().at(const_cast<void*>(key)));
  EXPECT_EQ(state.step(), 7);
  EXPECT_EQ(BitsOf(state.exp_avg()), BitsOf(RandomBits({2}, at::kFloat, 5)));
}

TEST_F(StoredOptimizerTest, KeepsTheElementTypeOfMoments) {
  net_->to(at::kBFloat16);
  AddState(names_, 7, at::kFloat);
  optim::Adam adam(net_->parameters());

  Write().Restore("optimizer", adam, *net_);

  for (const auto& [key, state] : adam.state()) {
    EXPECT_EQ(static_cast<optim::AdamParamState&>(*state).exp_avg().scalar_type(), at::kFloat);
  }
}

TEST_F(StoredOptimizerTest, WritesAgainWhatOnlyPythonHas) {
  AddState(names_);
  optim::Adam adam(net_->parameters());
  Write().Restore("optimizer", adam, *net_);

  const OptimizerState again = WrittenAgain(adam);

  EXPECT_EQ(again.groups[0].options, stored_.groups[0].options);
}

TEST_F(StoredOptimizerTest, WritesAnOptionThatChangedInTheKindThatItHad) {
  AddState(names_);
  optim::Adam adam(net_->parameters());
  Write().Restore("optimizer", adam, *net_);
  auto& options = static_cast<optim::AdamOptions&>(adam.param_groups()[0].options());

  options.weight_decay(2);
  EXPECT_EQ(*WrittenAgain(adam).groups[0].Find("weight_decay"), Value(2));
  options.weight_decay(0.5);
  EXPECT_EQ(*WrittenAgain(adam).groups[0].Find("weight_decay"), Value(0.5));
}

TEST_F(StoredOptimizerTest, HasNoStateWhereTheFileHasNone) {
  AddState({"0.weight", "2.bias"});
  optim::Adam adam(net_->parameters());
  Train(net_, adam, 1);

  Write().Restore("optimizer", adam, *net_);

  EXPECT_THAT(adam.state(), SizeIs(2));
  EXPECT_THAT(WrittenAgain(adam).FindSlot("exp_avg")->values, SizeIs(2));
}

TEST_F(StoredOptimizerTest, TakesGroupsThatAreSplitOtherwiseIfTheirOptionsAreEqual) {
  AddState(names_);
  const auto parameters = net_->named_parameters();
  optim::Adam adam({optim::OptimizerParamGroup({parameters["2.bias"]}),
                    optim::OptimizerParamGroup(
                        {parameters["2.weight"], parameters["0.weight"], parameters["0.bias"]})},
                   optim::AdamOptions(0.5));

  const RestoreReport report = Write().Restore("optimizer", adam, *net_);

  EXPECT_THAT(report.groups_changed, IsEmpty());
  EXPECT_EQ(adam.param_groups()[1].options().get_lr(), 0.01);
}

TEST_F(StoredOptimizerTest, RefusesGroupsThatMixOptionsUnlessAllowed) {
  AddState(names_);
  stored_.groups[0].parameters.pop_back();
  stored_.groups.push_back(stored_.groups[0]);
  stored_.groups[1].parameters = {"2.bias"};
  stored_.groups[1].options[0].second = 0.125;
  const StoredCheckpoint run = Write();
  optim::Adam adam(net_->parameters(), optim::AdamOptions(0.5));

  try {
    run.Restore("optimizer", adam, *net_);
    FAIL() << "it was restored";
  } catch (const MismatchError& error) {
    ASSERT_THAT(error.report().groups_changed, SizeIs(1));
    EXPECT_THAT(error.report().groups_changed[0].found, HasSubstr("0, 1"));
    EXPECT_THAT(error.what(), HasSubstr("group changed"));
  }
  EXPECT_TRUE(adam.state().empty());

  run.Restore("optimizer", adam, *net_, {.allow_group_change = true});
  EXPECT_EQ(adam.param_groups()[0].options().get_lr(), 0.5);
  EXPECT_THAT(adam.state(), SizeIs(4));
}

TEST_F(StoredOptimizerTest, SaysWhichParametersAreMissingAndUnexpected) {
  stored_.groups[0].parameters = {"0.weight", "0.bias", "2.weight", "old.bias"};
  AddState({"0.weight"});
  const StoredCheckpoint run = Write();
  optim::Adam adam(net_->parameters(), optim::AdamOptions(0.5));

  try {
    run.Restore("optimizer", adam, *net_);
    FAIL() << "it was restored";
  } catch (const MismatchError& error) {
    ASSERT_THAT(error.report().missing, SizeIs(1));
    EXPECT_EQ(error.report().missing[0].name, "2.bias");
    ASSERT_THAT(error.report().unexpected, SizeIs(1));
    EXPECT_EQ(error.report().unexpected[0].name, "old.bias");
  }
  EXPECT_EQ(adam.param_groups()[0].options().get_lr(), 0.5);

  const RestoreReport renamed =
      run.Restore("optimizer", adam, *net_, {.rename = {{"old.bias", "2.bias"}}});
  EXPECT_THAT(renamed.loaded, SizeIs(4));
}

TEST_F(StoredOptimizerTest, RefusesTheStateOfAnotherClass) {
  AddState(names_);
  const StoredCheckpoint run = Write();
  optim::SGD sgd(net_->parameters(), 0.1);

  const auto [code, text] = ErrorOf([&] { run.Restore("optimizer", sgd, *net_); });

  EXPECT_EQ(code, ErrorCode::kMismatch);
  EXPECT_THAT(text, HasSubstr("expected SGD"));
  EXPECT_THAT(text, HasSubstr("found Adam"));
}

TEST_F(StoredOptimizerTest, RefusesToMaximizeSinceItWouldMinimize) {
  AddState(names_);
  stored_.groups[0].options.emplace_back("maximize", true);
  const StoredCheckpoint run = Write();
  optim::Adam adam(net_->parameters());

  const auto [code, text] = ErrorOf([&] { run.Restore("optimizer", adam, *net_); });

  EXPECT_EQ(code, ErrorCode::kUnsupported);
  EXPECT_THAT(text, HasSubstr("maximize"));
  EXPECT_TRUE(adam.state().empty());
}

TEST_F(StoredOptimizerTest, RefusesAStepThatIsNoNumberOfSteps) {
  for (const double step : {std::nan(""), -1.0, 0.5, std::numeric_limits<double>::infinity()}) {
    AddState(names_, step);
    const StoredCheckpoint run = Write();
    optim::Adam adam(net_->parameters());

    const auto [code, text] = ErrorOf([&] { run.Restore("optimizer", adam, *net_); });

    EXPECT_EQ(code, ErrorCode::kMismatch) << step;
    EXPECT_THAT(text, HasSubstr("step"));
    EXPECT_TRUE(adam.state().empty());
  }
}

TEST_F(StoredOptimizerTest, RefusesMomentsOfAnotherShape) {
  AddState({"0.weight"});
  tensors_[1] = torch::zeros({3, 3});
  const StoredCheckpoint run = Write();
  optim::Adam adam(net_->parameters());

  const auto [code, text] = ErrorOf([&] { run.Restore("optimizer", adam, *net_); });

  EXPECT_EQ(code, ErrorCode::kMismatch);
  EXPECT_THAT(text, HasSubstr("exp_avg"));
  EXPECT_THAT(text, HasSubstr("0.weight"));
  EXPECT_THAT(text, HasSubstr("[3, 3]"));
  EXPECT_TRUE(adam.state().empty());
}

TEST_F(StoredOptimizerTest, RefusesStateThatIsNotWhole) {
  AddState(names_);
  stored_.slots.erase(stored_.slots.begin() + 1);
  const StoredCheckpoint run = Write();
  optim::Adam adam(net_->parameters());

  const auto [code, text] = ErrorOf([&] { run.Restore("optimizer", adam, *net_); });

  EXPECT_EQ(code, ErrorCode::kMismatch);
  EXPECT_THAT(text, HasSubstr("exp_avg"));
}

TEST_F(StoredOptimizerTest, RefusesWhatIsNoOptimizer) {
  TorchCheckpoint checkpoint;
  checkpoint["epoch"] = 3;
  checkpoint["optimizer"] = {{"state", 1}, {"param_groups", 2}};
  checkpoint.Save(scratch_ / "run.stone");
  const StoredCheckpoint run = TorchCheckpoint::Open(scratch_ / "run.stone");
  optim::Adam adam(net_->parameters());

  const auto epoch = ErrorOf([&] { run.Restore("epoch", adam, *net_); });
  const auto plain = ErrorOf([&] { run.Restore("optimizer", adam, *net_); });
  const auto none = ErrorOf([&] { run.Restore("other", adam, *net_); });

  EXPECT_EQ(epoch.first, ErrorCode::kInvalidArgument);
  EXPECT_EQ(plain.first, ErrorCode::kInvalidArgument);
  EXPECT_THAT(plain.second, HasSubstr("by positions"));
  EXPECT_EQ(none.first, ErrorCode::kNotFound);
}

TEST_F(StoredOptimizerTest, NeedsAModelThatHasEveryParameter) {
  nn::Sequential other = MakeNet();
  optim::Adam adam(other->parameters());
  TorchCheckpoint checkpoint;
  checkpoint.AddModel("model", *net_);

  const auto no_model = ErrorOf([&] { checkpoint.AddOptimizer("optimizer", adam, "net"); });
  checkpoint.AddOptimizer("optimizer", adam, "model");
  const auto not_its = ErrorOf([&] { checkpoint.Save(scratch_ / "run.stone"); });

  EXPECT_EQ(no_model.first, ErrorCode::kInvalidArgument);
  EXPECT_EQ(not_its.first, ErrorCode::kInvalidArgument);
  EXPECT_THAT(not_its.second, HasSubstr("group 0, parameter 0"));
}

TEST_F(StoredOptimizerTest, OfAClassThatCppLacksPassesThroughAsItIs) {
  AddState(names_);
  stored_.algorithm = "Adadelta";
  const StoredCheckpoint run = Write();
  TorchCheckpoint next;
  next.AddModel("model", *net_);
  next.Carry("optimizer", run);
  next.Save(scratch_ / "next.stone");

  const Reader reader = Reader::Open(scratch_ / "next.stone");
  const auto carried = ReadOptimizerState(reader.ReadValue("optimizer"), MembersIn(reader));

  ASSERT_TRUE(carried.has_value());
  EXPECT_EQ(carried->algorithm, "Adadelta");
  EXPECT_EQ(carried->groups[0].options, stored_.groups[0].options);
  const Value* moment = carried->FindSlot("exp_avg")->Find("2.bias");
  ASSERT_NE(moment, nullptr);
  const std::vector<std::byte> bytes = reader.Read(moment->AsTensor());
  const std::string bits(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  EXPECT_EQ(bits, BitsOf(RandomBits({2}, at::kFloat, 5)));
}

TEST_F(StoredOptimizerTest, CarriesOnlyEntriesThatAreValues) {
  TorchCheckpoint checkpoint;
  checkpoint.AddModel("model", *net_);
  checkpoint.Save(scratch_ / "run.stone");
  const StoredCheckpoint run = TorchCheckpoint::Open(scratch_ / "run.stone");
  TorchCheckpoint next;

  EXPECT_EQ(ErrorOf([&] { next.Carry("model", run); }).first, ErrorCode::kInvalidArgument);
  EXPECT_EQ(ErrorOf([&] { next.Carry("other", run); }).first, ErrorCode::kNotFound);
}

TEST_F(StoredOptimizerTest, OfLbfgsIsRefusedInAnotherOrder) {
  optim::LBFGS lbfgs(net_->parameters(), optim::LBFGSOptions(0.5).max_iter(3));
  Train(net_, lbfgs, 1);
  TorchCheckpoint checkpoint;
  checkpoint.AddModel("model", *net_);
  checkpoint.AddOptimizer("optimizer", lbfgs, "model");
  checkpoint.Save(scratch_ / "run.stone");
  const StoredCheckpoint run = TorchCheckpoint::Open(scratch_ / "run.stone");
  std::vector<at::Tensor> backwards = net_->parameters();
  std::ranges::reverse(backwards);
  optim::LBFGS other(backwards, optim::LBFGSOptions(0.5));

  const auto refused = [&](const RestoreOptions& options) {
    return ErrorOf([&] { run.Restore("optimizer", other, *net_, options); });
  };

  EXPECT_EQ(refused({}).first, ErrorCode::kMismatch);
  EXPECT_EQ(refused({.allow_group_change = true}).first, ErrorCode::kMismatch);
  EXPECT_TRUE(other.state().empty());
}

}  // namespace
}  // namespace statestone
