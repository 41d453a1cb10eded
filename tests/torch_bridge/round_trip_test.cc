// Modules and values through a file and back, bit for bit.
#include <gmock/gmock.h>
#include <torch/torch.h>

#include <functional>
#include <memory>

#include "statestone/torch.h"
#include "tests/faults/scratch_directory.h"
#include "tests/torch_bridge/bits.h"

namespace statestone {
namespace {

using faults::ScratchDirectory;
using testing::ElementsAre;
using testing::IsEmpty;

struct ModuleKind {
  std::string name;
  std::function<std::shared_ptr<torch::nn::Module>()> make;
};

void PrintTo(const ModuleKind& param, std::ostream* out) { *out << param.name; }

template <typename Holder, typename Options>
ModuleKind Kind(std::string name, Options options) {
  return {std::move(name), [options] { return Holder(options).ptr(); }};
}

std::vector<ModuleKind> ModuleKinds() {
  namespace nn = torch::nn;
  return {
      Kind<nn::Linear>("Linear", nn::LinearOptions(7, 5)),
      Kind<nn::Linear>("LinearWithoutBias", nn::LinearOptions(7, 5).bias(false)),
      Kind<nn::Bilinear>("Bilinear", nn::BilinearOptions(3, 4, 5)),
      Kind<nn::Conv1d>("Conv1d", nn::Conv1dOptions(2, 4, 3)),
      Kind<nn::Conv2d>("Conv2d", nn::Conv2dOptions(3, 8, 3).groups(1)),
      Kind<nn::Conv3d>("Conv3d", nn::Conv3dOptions(2, 2, 3)),
      Kind<nn::ConvTranspose2d>("ConvTranspose2d", nn::ConvTranspose2dOptions(3, 4, 3)),
      Kind<nn::BatchNorm1d>("BatchNorm1d", nn::BatchNorm1dOptions(6)),
      Kind<nn::BatchNorm2d>("BatchNorm2d", nn::BatchNorm2dOptions(6)),
      Kind<nn::BatchNorm2d>("BatchNormWithoutAffine", nn::BatchNorm2dOptions(6).affine(false)),
      Kind<nn::BatchNorm2d>("BatchNormWithoutStatistics",
                            nn::BatchNorm2dOptions(6).track_running_stats(false)),
      Kind<nn::InstanceNorm2d>("InstanceNorm2d",
                               nn::InstanceNorm2dOptions(4).affine(true).track_running_stats(true)),
      Kind<nn::LayerNorm>("LayerNorm", nn::LayerNormOptions({4, 5})),
      Kind<nn::GroupNorm>("GroupNorm", nn::GroupNormOptions(2, 6)),
      Kind<nn::Embedding>("Embedding", nn::EmbeddingOptions(10, 4)),
      Kind<nn::EmbeddingBag>("EmbeddingBag", nn::EmbeddingBagOptions(10, 4)),
      Kind<nn::PReLU>("PReLU", nn::PReLUOptions().num_parameters(3)),
      Kind<nn::RNN>("RNN", nn::RNNOptions(4, 3)),
      Kind<nn::GRU>("GRU", nn::GRUOptions(4, 3).bidirectional(true)),
      Kind<nn::LSTM>("LSTM", nn::LSTMOptions(4, 6).num_layers(2).proj_size(3)),
      Kind<nn::LSTMCell>("LSTMCell", nn::LSTMCellOptions(4, 3)),
      Kind<nn::MultiheadAttention>("MultiheadAttention", nn::MultiheadAttentionOptions(8, 2)),
      Kind<nn::MultiheadAttention>("MultiheadAttentionOfOtherSizes",
                                   nn::MultiheadAttentionOptions(8, 2).kdim(5).vdim(6)),
      Kind<nn::TransformerEncoderLayer>("TransformerEncoderLayer",
                                        nn::TransformerEncoderLayerOptions(8, 2)),
      Kind<nn::TransformerDecoderLayer>("TransformerDecoderLayer",
                                        nn::TransformerDecoderLayerOptions(8, 2)),
      Kind<nn::AdaptiveLogSoftmaxWithLoss>("AdaptiveLogSoftmaxWithLoss",
                                           nn::AdaptiveLogSoftmaxWithLossOptions(32, 20, {5, 10})),
      {"NestedLists",
       [] {
         return nn::ModuleList(nn::Linear(3, 4),
                               nn::ModuleList(nn::BatchNorm1d(4), nn::ModuleList(nn::Linear(4, 2))))
             .ptr();
       }},
      {"Sequential", [] { return nn::Sequential(nn::Linear(3, 4), nn::BatchNorm1d(4)).ptr(); }},
      {"ModuleDict",
       [] {
         torch::OrderedDict<std::string, std::shared_ptr<nn::Module>> parts;
         parts.insert("z_first", nn::Linear(2, 2).ptr());
         parts.insert("a_second", nn::Embedding(3, 2).ptr());
         return nn::ModuleDict(parts).ptr();
       }},
      {"Empty", [] { return nn::Sequential().ptr(); }},
  };
}

class ModuleKindTest : public testing::TestWithParam<ModuleKind> {};

INSTANTIATE_TEST_SUITE_P(Kinds, ModuleKindTest, testing::ValuesIn(ModuleKinds()),
                         [](const auto& kind) { return kind.param.name; });

TEST_P(ModuleKindTest, ComesBackBitForBit) {
  const ScratchDirectory directory;
  const auto saved = GetParam().make();
  FillWithRandomBits(*saved, 1);
  TorchCheckpoint checkpoint;
  checkpoint.AddModel("model", *saved);
  checkpoint.Save(directory / "run.stone");

  const auto restored = GetParam().make();
  FillWithRandomBits(*restored, 1000);
  const auto run = TorchCheckpoint::Open(directory / "run.stone");
  const RestoreReport report = run.Restore("model", *restored);
  EXPECT_EQ(BitsOf(*restored), BitsOf(*saved));
  EXPECT_EQ(report.loaded, NamesOf(*saved));
  EXPECT_TRUE(report.exact()) << report.ToString();
}

TEST_P(ModuleKindTest, KeepsTensorsAndMemoryOfTheModuleInPlaceToo) {
  const ScratchDirectory directory;
  const auto module = GetParam().make();
  FillWithRandomBits(*module, 1);
  const auto saved_bits = BitsOf(*module);
  TorchCheckpoint checkpoint;
  checkpoint.AddModel("model", *module);
  checkpoint.Save(directory / "run.stone");
  const auto before = NamedTensors(*module);
  std::vector<const void*> memory;
  for (const NamedTensor& named : before) memory.push_back(named.tensor.const_data_ptr());

  FillWithRandomBits(*module, 1000);
  TorchCheckpoint::Open(directory / "run.stone").Restore("model", *module, {.in_place = true});
  EXPECT_EQ(BitsOf(*module), saved_bits);
  const auto after = NamedTensors(*module);
  ASSERT_EQ(after.size(), before.size());
  for (std::size_t i = 0; i < after.size(); ++i) {
    EXPECT_TRUE(after[i].tensor.is_same(before[i].tensor)) << after[i].name;
    EXPECT_EQ(after[i].tensor.const_data_ptr(), memory[i]) << after[i].name;
  }
}

std::vector<c10::ScalarType> StorableTypes() {
  std::vector<c10::ScalarType> types;
  for (int i = 0; i < static_cast<int>(c10::ScalarType::NumOptions); ++i) {
    const auto type = static_cast<c10::ScalarType>(i);
    if (ToDType(type)) types.push_back(type);
  }
  return types;
}

TEST(DTypeTest, EveryTypeOfTheFormatHasExactlyOneOfTorch) {
  const auto types = StorableTypes();
  EXPECT_EQ(types.size(), 41u);
  for (const c10::ScalarType type : types) {
    EXPECT_EQ(ToScalarType(*ToDType(type)), type);
    EXPECT_EQ(ElementBytes(*ToDType(type)), c10::elementSize(type)) << toString(type);
  }
}

TEST(DTypeTest, HasNoneForQuantizedTypes) {
  for (const auto type : {c10::ScalarType::QInt8, c10::ScalarType::QUInt8, c10::ScalarType::QInt32,
                          c10::ScalarType::QUInt4x2, c10::ScalarType::QUInt2x4}) {
    EXPECT_FALSE(ToDType(type).has_value()) << toString(type);
  }
}

TEST(RoundTripTest, KeepsEveryElementTypeAndRank) {
  const ScratchDirectory directory;
  const std::vector<std::vector<int64_t>> shapes = {{}, {1}, {0}, {3, 0, 2}, {3, 5}, {2, 1, 3, 1}};
  std::vector<std::pair<std::string, at::Tensor>> buffers;
  std::vector<std::pair<std::string, at::Tensor>> other;
  for (const c10::ScalarType type : StorableTypes()) {
    for (std::size_t i = 0; i < shapes.size(); ++i) {
      const std::string name = std::string(Name(*ToDType(type))) + "_" + std::to_string(i);
      buffers.emplace_back(name, RandomBits(shapes[i], type, 17));
      other.emplace_back(name, RandomBits(shapes[i], type, 1000));
    }
  }
  const BufferBag saved(buffers);
  BufferBag restored(other);
  TorchCheckpoint checkpoint;
  checkpoint.AddModel("bag", saved);
  checkpoint.Save(directory / "run.stone");
  const auto run = TorchCheckpoint::Open(directory / "run.stone");
  run.Restore("bag", restored);
  EXPECT_EQ(BitsOf(restored), BitsOf(saved));
  for (const auto& [name, tensor] : buffers) {
    const at::Tensor loaded = run.LoadTensor("bag/" + name);
    EXPECT_EQ(loaded.scalar_type(), tensor.scalar_type()) << name;
    EXPECT_EQ(loaded.sizes(), tensor.sizes()) << name;
    EXPECT_EQ(BitsOf(loaded), BitsOf(tensor)) << name;
  }
}

TEST(RoundTripTest, KeepsTensorsOfManyChunks) {
  const ScratchDirectory directory;
  torch::nn::Linear saved(700, 900);
  torch::nn::Linear restored(700, 900);
  TorchCheckpoint checkpoint;
  checkpoint.AddModel("model", *saved);
  checkpoint.Save(directory / "run.stone", {.threads = 2, .chunk_units_log2 = 12});
  TorchCheckpoint::Open(directory / "run.stone").Restore("model", *restored);
  EXPECT_EQ(BitsOf(*restored), BitsOf(*saved));
}

TEST(RoundTripTest, KeepsPlainValuesBesideTheModel) {
  const ScratchDirectory directory;
  TorchCheckpoint checkpoint;
  checkpoint["epoch"] = 12;
  checkpoint["config"] = {{"width", 128}, {"dropout", 0.1}};
  checkpoint["note"] = "warm start";
  checkpoint["epoch"] = 13;
  checkpoint.Save(directory / "run.stone");
  const auto run = TorchCheckpoint::Open(directory / "run.stone");
  EXPECT_EQ(run["epoch"].AsInt(), 13);
  EXPECT_EQ(run["config"]["width"].AsInt(), 128);
  EXPECT_EQ(run["config"]["dropout"].AsDouble(), 0.1);
  EXPECT_EQ(run["note"].AsString(), "warm start");
  EXPECT_EQ(&run["note"], &run["note"]) << "references stay valid";
  EXPECT_TRUE(run.Contains("note"));
  EXPECT_FALSE(run.Contains("notes"));
}

TEST(RoundTripTest, WritesTheValuesThatTensorsHaveWhenItIsSaved) {
  const ScratchDirectory directory;
  torch::nn::Linear net(3, 2);
  TorchCheckpoint checkpoint;
  checkpoint.AddModel("model", *net);
  FillWithRandomBits(*net, 5);
  checkpoint.Save(directory / "first.stone");
  FillWithRandomBits(*net, 6);
  checkpoint.Save(directory / "second.stone");
  const auto second_bits = BitsOf(*net);
  TorchCheckpoint::Open(directory / "first.stone").Restore("model", *net);
  EXPECT_NE(BitsOf(*net), second_bits);
  TorchCheckpoint::Open(directory / "second.stone").Restore("model", *net);
  EXPECT_EQ(BitsOf(*net), second_bits);
}

TEST(RoundTripTest, KeepsSeveralModelsAndNamesWithSlashesApart) {
  const ScratchDirectory directory;
  torch::nn::Linear first(3, 2);
  torch::nn::Linear second(3, 2);
  torch::nn::Linear restored(3, 2);
  TorchCheckpoint checkpoint;
  checkpoint.AddModel("gan/generator", *first, {.architecture = "mlp", .config = {{"depth", 1}}});
  checkpoint.AddModel("gan\\critic", *second);
  checkpoint.Save(directory / "run.stone");
  const auto run = TorchCheckpoint::Open(directory / "run.stone");
  run.Restore("gan/generator", *restored);
  EXPECT_EQ(BitsOf(*restored), BitsOf(*first));
  run.Restore("gan\\critic", *restored);
  EXPECT_EQ(BitsOf(*restored), BitsOf(*second));
  EXPECT_EQ(run.reader().ReadModel("gan/generator").architecture, "mlp");
  EXPECT_EQ(run.reader().ReadModel("gan/generator").config["depth"].AsInt(), 1);
}

TEST(RoundTripTest, RestoresAModuleThatNoSharedPointerHolds) {
  struct Net : torch::nn::Module {
    Net() { fc = register_module("fc", torch::nn::Linear(3, 2)); }
    torch::nn::Linear fc = nullptr;
  };
  const ScratchDirectory directory;
  Net net;
  const auto bits = BitsOf(net);
  TorchCheckpoint checkpoint;
  checkpoint.AddModel("model", net);
  checkpoint.Save(directory / "run.stone");
  FillWithRandomBits(net, 3);
  EXPECT_THAT(TorchCheckpoint::Open(directory / "run.stone").Restore("model", net).loaded,
              ElementsAre("fc.weight", "fc.bias"));
  EXPECT_EQ(BitsOf(net), bits);
}

TEST(RoundTripTest, KeepsStridesOfChannelsLastAndRestoresIntoEitherOrder) {
  const ScratchDirectory directory;
  const at::Tensor image = RandomBits({2, 3, 4, 5}, at::kFloat, 1);
  at::Tensor last = image.contiguous(at::MemoryFormat::ChannelsLast);
  TorchCheckpoint checkpoint;
  checkpoint.AddModel("bag", BufferBag({{"image", last}}));
  checkpoint.AddTensors("transposed", {{"t", image.flatten(1).t()}});
  checkpoint.Save(directory / "run.stone");
  const auto run = TorchCheckpoint::Open(directory / "run.stone");
  EXPECT_EQ(run.LoadTensor("bag/image").strides(), last.strides());
  EXPECT_EQ(BitsOf(run.LoadTensor("bag/image")), BitsOf(image));
  EXPECT_EQ(run.LoadTensor("transposed/t").strides(), image.flatten(1).t().strides());

  for (const auto format : {at::MemoryFormat::Contiguous, at::MemoryFormat::ChannelsLast}) {
    for (const bool in_place : {false, true}) {
      const at::Tensor target = torch::zeros({2, 3, 4, 5}).contiguous(format);
      BufferBag bag({{"image", target}});
      run.Restore("bag", bag, {.in_place = in_place});
      EXPECT_EQ(BitsOf(target), BitsOf(image));
      EXPECT_TRUE(target.is_contiguous(format));
    }
  }
}

TEST(RoundTripTest, RestoresIntoAPartOfALargerTensorAndNothingElse) {
  const ScratchDirectory directory;
  const at::Tensor column = RandomBits({4}, at::kDouble, 3);
  TorchCheckpoint checkpoint;
  checkpoint.AddModel("bag", BufferBag({{"column", column}}));
  checkpoint.Save(directory / "run.stone");
  const at::Tensor matrix = torch::full({4, 3}, 7.0, at::kDouble);
  BufferBag bag({{"column", matrix.select(1, 1)}});
  TorchCheckpoint::Open(directory / "run.stone").Restore("bag", bag);
  EXPECT_EQ(BitsOf(matrix.select(1, 1)), BitsOf(column));
  EXPECT_TRUE(matrix.select(1, 0).eq(7).all().item<bool>());
  EXPECT_TRUE(matrix.select(1, 2).eq(7).all().item<bool>());
}

TEST(RoundTripTest, LetsAutogradNoticeThatParametersChanged) {
  const ScratchDirectory directory;
  torch::nn::Linear net(3, 2);
  TorchCheckpoint checkpoint;
  checkpoint.AddModel("model", *net);
  checkpoint.Save(directory / "run.stone");
  const auto run = TorchCheckpoint::Open(directory / "run.stone");
  for (const bool in_place : {false, true}) {
    const auto version = net->weight._version();
    run.Restore("model", *net, {.in_place = in_place});
    EXPECT_GT(net->weight._version(), version);
    EXPECT_TRUE(net->weight.requires_grad());
    EXPECT_TRUE(net->weight.is_leaf());
  }
}

TEST(RoundTripTest, RestoresTensorsThatWereMadeInInferenceMode) {
  const ScratchDirectory directory;
  const at::Tensor saved = RandomBits({2, 3, 4, 5}, at::kFloat, 1);
  TorchCheckpoint checkpoint;
  checkpoint.AddModel("bag", BufferBag({{"a", saved}, {"b", saved.clone()}}));
  checkpoint.Save(directory / "run.stone");
  std::vector<std::pair<std::string, at::Tensor>> buffers;
  {
    const c10::InferenceMode inference_mode;
    buffers = {{"a", torch::zeros({2, 3, 4, 5})},
               {"b", torch::zeros({2, 3, 4, 5}).contiguous(at::MemoryFormat::ChannelsLast)}};
  }
  BufferBag bag(buffers);
  TorchCheckpoint::Open(directory / "run.stone").Restore("bag", bag);
  EXPECT_EQ(BitsOf(buffers[0].second), BitsOf(saved));
  EXPECT_EQ(BitsOf(buffers[1].second), BitsOf(saved));
}

}  // namespace
}  // namespace statestone
