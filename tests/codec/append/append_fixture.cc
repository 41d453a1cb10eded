#include "tests/codec/append/append_fixture.h"

namespace statestone::testing {
namespace {

const std::vector<std::uint16_t>& Tied() {
  static const std::vector<std::uint16_t> weights = WeightsBFloat16(kLayerUnits, 99);
  return weights;
}

const std::vector<float>& Bias() {
  static const std::vector<float> bias = WeightsFloat32(16, 98);
  return bias;
}

template <typename Target>
ScopeRef AddModelTensors(Target& target, const std::vector<std::vector<std::uint16_t>>& layers) {
  const ScopeRef scope = target.AddScope();
  for (std::size_t i = 0; i < layers.size(); ++i) {
    target.AddTensor(scope, Source("layers." + std::to_string(i) + ".weight", DType::kBFloat16,
                                   {layers[i].size()}, layers[i]));
  }
  for (const char* name : {"head.weight", "embed.weight"}) {
    target.AddTensor(scope, Source(name, DType::kBFloat16, {64, kLayerUnits / 64}, Tied()));
  }
  return scope;
}

}  // namespace

WriteOptions SmallChunks(Compression compression) {
  WriteOptions options;
  options.compression = compression;
  options.chunk_units_log2 = 12;
  options.writer = "append tests";
  return options;
}

std::vector<std::vector<std::uint16_t>> Layers(std::uint64_t seed) {
  std::vector<std::vector<std::uint16_t>> layers;
  for (std::uint64_t i = 0; i < 4; ++i) {
    // Over 64 KiB, so that each is a storage of its own.
    layers.push_back(WeightsBFloat16(5 * kLayerUnits, seed * 10 + i));
  }
  return layers;
}

void SaveRun(const std::filesystem::path& path,
             const std::vector<std::vector<std::uint16_t>>& layers, const WriteOptions& options) {
  Writer writer(path, options);
  ModelSource model{.scope = AddModelTensors(writer, layers)};
  model.architecture = "net";
  model.config = {{"width", 128}};
  model.training = TrainingMode::kTrain;
  const TensorRef bias = writer.AddAnonymousTensor(Source("", DType::kFloat32, {16}, Bias()));
  writer.AddModel("model", std::move(model));
  writer.AddValue("epoch", 1);
  writer.AddValue("notes", Value::Map({{"bias", Value::Tensor(bias)}, {"lr", 0.1}}));
  const auto text = std::make_shared<const std::vector<std::byte>>(RandomBytes(300, 3));
  writer.AddAttachment("tokenizer", *text, text, "application/json");
  writer.Finish();
}

ScopeRef AddLayers(Appender& appender, const std::vector<std::vector<std::uint16_t>>& layers) {
  return AddModelTensors(appender, layers);
}

}  // namespace statestone::testing
