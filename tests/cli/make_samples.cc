// Writes the .stone files that the tests of the program look at into a folder: make_samples FOLDER.
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <functional>
#include <limits>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "statestone/writer.h"

namespace {

using statestone::DType;
using statestone::ScopeRef;
using statestone::TensorKind;
using statestone::TensorRef;
using statestone::TensorSource;
using statestone::Value;
using statestone::Writer;
using Shape = std::vector<std::uint64_t>;

std::uint64_t ElementCount(const Shape& shape) {
  std::uint64_t count = 1;
  for (const std::uint64_t dim : shape) count *= dim;
  return count;
}

// Bytes like those of trained weights: bfloat16 of a normal distribution, or its float32.
std::shared_ptr<std::vector<std::byte>> Weights(DType dtype, std::uint64_t count) {
  static std::mt19937_64 random(7);
  std::normal_distribution<float> normal(0, 0.02F);
  const std::uint64_t size = statestone::ElementBytes(dtype);
  auto bytes = std::make_shared<std::vector<std::byte>>(count * size);
  for (std::uint64_t i = 0; i < count; ++i) {
    float value = normal(random);
    const std::byte* from = reinterpret_cast<const std::byte*>(&value);
    if (dtype == DType::kBFloat16) from += 2;
    std::memcpy(bytes->data() + i * size, from, size < 4 ? size : 4);
  }
  return bytes;
}

TensorSource Tensor(std::string name, DType dtype, Shape shape,
                    TensorKind kind = TensorKind::kParameter) {
  TensorSource tensor;
  const auto bytes = Weights(dtype, ElementCount(shape));
  tensor.name = std::move(name);
  tensor.dtype = dtype;
  tensor.shape = std::move(shape);
  tensor.data = bytes->data();
  tensor.owner = bytes;
  tensor.kind = kind;
  tensor.requires_grad = kind == TensorKind::kParameter;
  return tensor;
}

TensorSource Numbered(std::string name, DType dtype, Shape shape) {
  const std::uint64_t size = ElementCount(shape) * statestone::ElementBytes(dtype);
  auto bytes = std::make_shared<std::vector<std::byte>>(size);
  for (std::uint64_t i = 0; i < size; ++i) {
    // Bools are 0 or 1; other elements get bytes that make every one different.
    (*bytes)[i] = static_cast<std::byte>(dtype == DType::kBool ? i & 1 : (i * 37 + 11) & 0xFF);
  }
  TensorSource tensor;
  tensor.name = std::move(name);
  tensor.dtype = dtype;
  tensor.shape = std::move(shape);
  tensor.data = bytes->data();
  tensor.owner = bytes;
  return tensor;
}

void AddBlock(Writer& writer, ScopeRef scope, const std::string& prefix, std::uint64_t width,
              DType dtype) {
  const auto add = [&](const char* name, Shape shape) {
    writer.AddTensor(scope, Tensor(prefix + name, dtype, std::move(shape)));
  };
  add("ln_1.weight", {width});
  add("ln_1.bias", {width});
  add("attn.qkv.weight", {3 * width, width});
  add("attn.qkv.bias", {3 * width});
  add("attn.proj.weight", {width, width});
  add("attn.proj.bias", {width});
  add("ln_2.weight", {width});
  add("ln_2.bias", {width});
  add("mlp.up.weight", {4 * width, width});
  add("mlp.up.bias", {4 * width});
  add("mlp.down.weight", {width, 4 * width});
  add("mlp.down.bias", {width});
}

Value ParamGroup(double rate) {
  return Value::Map({{"lr", rate},
                     {"betas", Value::Tuple({0.9, 0.999})},
                     {"eps", 1e-8},
                     {"weight_decay", 0.01},
                     {"amsgrad", false},
                     {"foreach", nullptr},
                     {"params", Value::List({0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11})}});
}

// A training run: 24 layers with a tied embedding, optimizer state, values, a tokenizer.
void Transformer(Writer& writer) {
  constexpr std::uint64_t kWidth = 64;
  constexpr std::uint64_t kVocabulary = 1000;
  const ScopeRef scope = writer.AddScope();
  TensorSource embedding = Tensor("wte.weight", DType::kBFloat16, {kVocabulary, kWidth});
  TensorSource head = embedding;
  head.name = "lm_head.weight";
  writer.AddTensor(scope, embedding);
  writer.AddTensor(scope, Tensor("wpe.weight", DType::kBFloat16, {512, kWidth}));
  for (int layer = 0; layer < 24; ++layer) {
    AddBlock(writer, scope, "layers." + std::to_string(layer) + ".", kWidth, DType::kBFloat16);
  }
  writer.AddTensor(scope, Tensor("ln_f.weight", DType::kBFloat16, {kWidth}));
  writer.AddTensor(scope, Tensor("ln_f.bias", DType::kBFloat16, {kWidth}));
  writer.AddTensor(scope,
                   Tensor("rotary", DType::kFloat32, {512, kWidth / 2}, TensorKind::kBuffer));
  writer.AddTensor(scope, head);
  statestone::ModelSource model;
  model.scope = scope;
  model.architecture = "gpt-mini";
  model.architecture_version = "2";
  model.training = statestone::TrainingMode::kTrain;
  model.config = {{"width", 64}, {"layers", 24}};
  writer.AddModel("model", std::move(model));

  std::vector<Value::Pair> states;
  for (int i = 0; i < 12; ++i) {
    const Shape shape = {kWidth, static_cast<std::uint64_t>(i % 3 + 1) * kWidth};
    const auto slot = [&](const char*, Shape s) {
      return Value::Tensor(writer.AddAnonymousTensor(
          Tensor("", DType::kFloat32, std::move(s), TensorKind::kTensor)));
    };
    Value step = slot("step", {});
    Value average = slot("exp_avg", shape);
    Value square = slot("exp_avg_sq", shape);
    states.emplace_back(i,
                        Value::Map({{"step", step}, {"exp_avg", average}, {"exp_avg_sq", square}}));
  }
  writer.AddValue(
      "optimizer",
      Value::Map({{"state", Value::Map(std::move(states))},
                  {"param_groups", Value::List({ParamGroup(3e-4), ParamGroup(1e-4)})}}));
  writer.AddValue("epoch", 12);
  writer.AddValue("loss", 2.71828);
  writer.AddValue("config",
                  Value::Map({{"width", 64},
                              {"dropout", 0.1},
                              {"name", "a longer name of this run, for the sake of the table"},
                              {"sizes", Value::List({1, 2, 3})},
                              {"dtype", Value::DTypeName("bfloat16")}}));
  writer.AddValue("rng", Value::Bytes(std::string(5056, '\x5A')));
  static const std::string kTokenizer = "{\"vocabulary\": [\"a\", \"b\", \"c\"]}\n";
  writer.AddAttachment("tokenizer.json", std::as_bytes(std::span(kTokenizer)), nullptr,
                       "application/json");
}

// The usual published file: one dict of tensors, names as of a residual net.
void ConvNet(Writer& writer) {
  const ScopeRef scope = writer.AddScope();
  const auto add = [&](std::string name, Shape shape, DType dtype = DType::kFloat32) {
    writer.AddTensor(scope, Tensor(std::move(name), dtype, std::move(shape), TensorKind::kTensor));
  };
  const auto norm = [&](const std::string& prefix, std::uint64_t width) {
    for (const char* name : {"weight", "bias", "running_mean", "running_var"}) {
      add(prefix + "." + name, {width});
    }
    add(prefix + ".num_batches_tracked", {}, DType::kInt64);
  };
  add("conv1.weight", {16, 3, 7, 7});
  norm("bn1", 16);
  for (int stage = 1; stage <= 2; ++stage) {
    const std::uint64_t width = 16 * static_cast<std::uint64_t>(stage);
    for (int block = 0; block < 3; ++block) {
      const std::string prefix =
          "layer" + std::to_string(stage) + "." + std::to_string(block) + ".";
      add(prefix + "conv1.weight", {width, block == 0 ? 16 : width, 3, 3});
      norm(prefix + "bn1", width);
      add(prefix + "conv2.weight", {width, width, 3, 3});
      norm(prefix + "bn2", width);
      if (block == 0 && stage == 2) add(prefix + "downsample.0.weight", {width, 16, 1, 1});
    }
  }
  add("fc.weight", {10, 32});
  add("fc.bias", {10});
  writer.AddValue("", Value::OrderedTensorDict(scope));
}

// Names that would move the cursor, change colours, hide or reverse text.
void Hostile(Writer& writer) {
  const ScopeRef scope = writer.AddScope();
  for (const char* name : {"\033[31mred\033[0m", "line\nfeed", "bell\a",
                           "c1\xC2\x9B"
                           "2J",
                           "rtl\xE2\x80\xAEgnp", "back\\slash", "a/b", "\x7F"}) {
    writer.AddTensor(scope, Tensor(name, DType::kFloat32, {4}, TensorKind::kTensor));
  }
  statestone::ModelSource model;
  model.scope = scope;
  model.architecture = "arch\033]0;title\a";
  writer.AddModel("m\033[2J", std::move(model));
  writer.AddValue("value\033[1m", Value::Map({{"key\033[5m", "text\033[7m\r\n"}}));
  static const std::string kData = "data";
  writer.AddAttachment("att\033c", std::as_bytes(std::span(kData)), nullptr, "type\033[0m");
}

void AllDTypes(Writer& writer) {
  const ScopeRef scope = writer.AddScope();
  for (int number = 0; number < 256; ++number) {
    const statestone::DTypeInfo* info = statestone::FindDType(static_cast<std::uint8_t>(number));
    if (info == nullptr) continue;
    writer.AddTensor(scope, Numbered(std::string(info->name), info->dtype, {3, 5}));
  }
  writer.AddTensor(scope, Numbered("scalar", DType::kFloat32, {}));
  writer.AddTensor(scope, Numbered("empty", DType::kFloat32, {0, 3}));
  writer.AddTensor(scope, Numbered("row", DType::kInt32, {7}));
  TensorSource strided = Numbered("transposed", DType::kInt32, {4, 6});
  strided.shape = {6, 4};
  strided.strides = {1, 6};
  writer.AddTensor(scope, strided);
  writer.AddTensor(scope, Numbered("large", DType::kFloat32, {3, 1000, 1000}));
  TensorSource rows = Numbered("large_transposed", DType::kFloat32, {1000, 3000});
  rows.shape = {3000, 1000};
  rows.strides = {1, 3000};
  writer.AddTensor(scope, rows);
  writer.AddValue("all", Value::OrderedTensorDict(scope));
}

// Every kind of value.
void Values(Writer& writer) {
  writer.AddValue("null", nullptr);
  writer.AddValue("flag", true);
  writer.AddValue("small", -3);
  writer.AddValue("wide", Value(~std::uint64_t{0}));
  writer.AddValue("huge", Value::Integer(std::string(12, '\x00') + '\x01'));
  writer.AddValue("tenth", 0.1);
  writer.AddValue("nan", Value(std::numeric_limits<double>::quiet_NaN()));
  writer.AddValue("complex", Value::Complex({1.5, -2}));
  writer.AddValue("text", "caf\xC3\xA9");
  writer.AddValue("bytes", Value::Bytes(std::string("\x00\x01\xFF", 3)));
  writer.AddValue("list", Value::List({1, 2.0, "three"}));
  writer.AddValue("tuple", Value::Tuple({1}));
  writer.AddValue("size", Value::Size({3, 4}));
  writer.AddValue("dtype", Value::DTypeName("bfloat16"));
  writer.AddValue("device", Value::Device("cuda:0"));
  writer.AddValue("scalar",
                  Value::TypedScalar(DType::kFloat32, std::string("\x00\x00\x00\x3F", 4)));
  std::vector<Value> many;
  for (int i = 0; i < 1000; ++i) many.emplace_back(i);
  writer.AddValue("many", Value::List(std::move(many)));
  writer.AddValue("keys",
                  Value::Map({{7, "seven"}, {nullptr, "none"}, {Value::Tuple({1, "b"}), 2}}));
}

void ManyTensors(Writer& writer) {
  const ScopeRef scope = writer.AddScope();
  for (int i = 0; i < 100000; ++i) {
    TensorSource tensor = Numbered("blocks." + std::to_string(i / 4) + ".w" + std::to_string(i % 4),
                                   DType::kFloat32, {16});
    writer.AddTensor(scope, std::move(tensor));
  }
  writer.AddValue("", Value::TensorDict(scope));
}

// Much of one byte: a small file that takes long to read or to write anew.
void Constant(Writer& writer, std::uint64_t rows) {
  const ScopeRef scope = writer.AddScope();
  TensorSource tensor;
  tensor.name = "weight";
  tensor.dtype = DType::kBFloat16;
  tensor.shape = {rows, 1 << 20};
  tensor.pieces = [](std::uint64_t, std::span<std::byte> out) {
    std::memset(out.data(), 0x3F, out.size());
  };
  writer.AddTensor(scope, std::move(tensor));
  writer.AddValue("model", Value::OrderedTensorDict(scope));
}

void Medium(Writer& writer) { Constant(writer, 128); }
void Large(Writer& writer) { Constant(writer, 2048); }
void Empty(Writer&) {}

const std::map<std::string, std::function<void(Writer&)>> kSamples = {
    {"transformer", Transformer}, {"conv_net", ConvNet}, {"hostile", Hostile},
    {"dtypes", AllDTypes},        {"values", Values},    {"many", ManyTensors},
    {"medium", Medium},           {"large", Large},      {"empty", Empty}};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: make_samples FOLDER\n");
    return 2;
  }
  const std::filesystem::path folder(argv[1]);
  std::filesystem::create_directories(folder);
  for (const auto& [name, make] : kSamples) {
    Writer writer(folder / (name + ".stone"));
    make(writer);
    writer.Finish();
  }
  return 0;
}
