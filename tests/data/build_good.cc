// Writes the golden files of tests/data/good: each shows one part of the format. Those of the table
// that are stored raw are regenerated and compared byte for byte by a test; coded ones are kept and
// decoded, since the bytes of zstd frames differ between its versions. coded_planes is older than
// coded indexes and never written again: coded chunks under an index that is stored as it is.
//
//     build_good FOLDER           writes the files and FOLDER/README.md
//     build_good FOLDER --raw     writes only those that must come out the same everywhere
#include <cstring>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iostream>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "statestone/append.h"
#include "statestone/reader.h"
#include "statestone/writer.h"
#include "tests/codec/files/example_data.h"

namespace statestone::testing {
namespace {

// The bytes that a file's tensors view; kept until the file is written.
using Kept = std::vector<std::shared_ptr<const void>>;

template <typename T>
const std::vector<T>& Keep(Kept& kept, std::vector<T> data) {
  auto owned = std::make_shared<const std::vector<T>>(std::move(data));
  kept.push_back(owned);
  return *owned;
}

void AddRoot(Writer& writer, ScopeRef scope) {
  writer.AddValue("", Value::OrderedTensorDict(scope));
}

void WriteEmpty(Writer&, Kept&) {}

void WriteOneTensor(Writer& writer, Kept& kept) {
  const ScopeRef scope = writer.AddScope();
  const auto& data = Keep(kept, std::vector<float>{1.0f, -2.0f, 0.5f, 0.0f});
  writer.AddTensor(scope, Source("w", DType::kFloat32, {2, 2}, data));
  AddRoot(writer, scope);
}

void WriteEveryDtype(Writer& writer, Kept& kept) {
  const ScopeRef scope = writer.AddScope();
  for (int number = 0; number < 256; ++number) {
    const DTypeInfo* info = FindDType(static_cast<std::uint8_t>(number));
    if (info == nullptr) continue;
    const auto& data = Keep(kept, RandomBytes(3u * info->bytes, static_cast<unsigned>(number)));
    TensorSource source = Source(std::string(info->name), info->dtype, {3}, data);
    writer.AddTensor(scope, source);
  }
  AddRoot(writer, scope);
}

void WriteShapes(Writer& writer, Kept& kept) {
  const ScopeRef scope = writer.AddScope();
  const auto& data = Keep(kept, WeightsFloat32(64, 1));
  const auto& other = Keep(kept, WeightsFloat32(64, 2));
  writer.AddTensor(scope, Source("scalar", DType::kFloat32, {}, data));
  writer.AddTensor(scope, Source("one", DType::kFloat32, {1}, other));
  TensorSource empty = Source("empty", DType::kComplex128, {3, 0, 5}, data);
  writer.AddTensor(scope, empty);
  const auto& deep = Keep(kept, WeightsFloat32(1, 3));
  writer.AddTensor(scope,
                   Source("rank64", DType::kFloat32, std::vector<std::uint64_t>(64, 1), deep));
  AddRoot(writer, scope);
}

void WriteTies(Writer& writer, Kept& kept) {
  const ScopeRef scope = writer.AddScope();
  const auto& data = Keep(kept, WeightsFloat32(96, 4));
  writer.AddTensor(scope, Source("embedding", DType::kFloat32, {8, 8}, data));
  TensorSource head = Source("head", DType::kFloat32, {8, 8}, data);
  head.strides = {1, 8};
  writer.AddTensor(scope, head);
  TensorSource part = Source("part", DType::kInt32, {4}, data);
  part.data = data.data() + 62;
  writer.AddTensor(scope, part);
  TensorSource apart = Source("apart", DType::kFloat32, {16}, data);
  apart.data = data.data() + 80;
  writer.AddTensor(scope, apart);
  AddRoot(writer, scope);
}

void WriteStrides(Writer& writer, Kept& kept) {
  const ScopeRef scope = writer.AddScope();
  const auto& image = Keep(kept, WeightsFloat32(2 * 3 * 4 * 4, 5));
  TensorSource channels_last = Source("channels_last", DType::kFloat32, {2, 3, 4, 4}, image);
  channels_last.strides = {48, 1, 12, 3};
  writer.AddTensor(scope, channels_last);
  const auto& matrix = Keep(kept, WeightsFloat32(100, 6));
  TensorSource column = Source("column", DType::kFloat32, {10}, matrix);
  column.strides = {10};
  writer.AddTensor(scope, column);
  const auto& seven = Keep(kept, std::vector<float>{7.0f});
  TensorSource expanded = Source("expanded", DType::kFloat32, {5, 6}, seven);
  expanded.strides = {0, 0};
  writer.AddTensor(scope, expanded);
  AddRoot(writer, scope);
}

void WriteNames(Writer& writer, Kept& kept) {
  const ScopeRef scope = writer.AddScope();
  for (const char* name : {"", "z", "a/b", "a\\b", "tab\there", "\x1b[31mred",
                           "gr\xC3\xB6\xC3\x9F"
                           "e",
                           "\xE2\x80\xAEright to left", "\xF0\x9F\x97\xBF"}) {
    const auto& data = Keep(kept, RandomBytes(4, kept.size() + 1));
    writer.AddTensor(scope, Source(name, DType::kUInt8, {4}, data));
  }
  writer.AddValue("entry/with\\odd\nname", Value::TensorDict(scope));
}

void WriteValues(Writer& writer, Kept& kept) {
  const auto& data = Keep(kept, WeightsFloat32(8, 7));
  const TensorRef loose = writer.AddAnonymousTensor(Source("", DType::kFloat32, {8}, data));
  const ScopeRef inner = writer.AddScope();
  const auto& bias = Keep(kept, WeightsBFloat16(5, 8));
  writer.AddTensor(inner, Source("bias", DType::kBFloat16, {5}, bias));
  writer.AddValue("null", nullptr);
  writer.AddValue("true", true);
  writer.AddValue("int64", std::numeric_limits<std::int64_t>::min());
  writer.AddValue("uint64", std::numeric_limits<std::uint64_t>::max());
  writer.AddValue("big", Value::Integer(std::string("\0\0\0\0\0\0\0\0\x01\x80", 10)));
  writer.AddValue("pi", 3.141592653589793);
  writer.AddValue("nan", std::bit_cast<double>(std::uint64_t{0xFFF8000000000001}));
  writer.AddValue("complex", Value::Complex({-0.0, 2.5}));
  writer.AddValue("text",
                  "gr\xC3\xB6\xC3\x9F"
                  "e");
  writer.AddValue("bytes", Value::Bytes(std::string("\0\xFF", 2)));
  writer.AddValue("byte_array", Value::ByteArray("abc"));
  writer.AddValue("list", Value::List({1, Value::Tuple({2, "three"}), Value::List({})}));
  writer.AddValue("set", Value::Set({1, 2}));
  writer.AddValue("frozen_set", Value::FrozenSet({"a"}));
  writer.AddValue("map", Value::Map({{Value(1), "int key"},
                                     {Value(nullptr), Value::Tensor(loose)},
                                     {Value::Tuple({1, "x"}), Value::List({Value::Tensor(loose)})},
                                     {Value(1.5), Value::Map({})}}));
  writer.AddValue("ordered", Value::OrderedMap({{"a", 1}}, Value::Map({{"_metadata", 1}})));
  writer.AddValue("size", Value::Size({2, 3}));
  writer.AddValue("dtype", Value::DTypeName("bfloat16"));
  writer.AddValue("device", Value::Device("cuda:0"));
  writer.AddValue(
      "nested",
      Value::Map({{"state", Value::OrderedTensorDict(inner, Value::Map({{"_metadata", 2}}))}}));
  writer.AddValue("scalar", Value::TypedScalar(DType::kFloat16, std::string("\0\x3C", 2)));
}

void WriteModels(Writer& writer, Kept& kept) {
  for (const char* name : {"generator", "critic"}) {
    ModelSource model;
    model.scope = writer.AddScope();
    const auto& weight = Keep(kept, WeightsFloat32(12, 9));
    TensorSource source = Source("fc.weight", DType::kFloat32, {3, 4}, weight);
    source.kind = TensorKind::kParameter;
    source.requires_grad = true;
    writer.AddTensor(model.scope, source);
    const auto& count = Keep(kept, std::vector<std::int64_t>{42});
    TensorSource buffer = Source("bn.num_batches_tracked", DType::kInt64, {}, count);
    buffer.kind = TensorKind::kBuffer;
    writer.AddTensor(model.scope, buffer);
    model.architecture = std::string("mlp-") + name;
    model.architecture_version = "1.2";
    model.config = Value{{"width", 4}, {"depth", 1}};
    model.training = TrainingMode::kTrain;
    model.training_exceptions = {"bn"};
    model.metadata = Value::OrderedMap({{"", Value{{"version", 1}}}});
    writer.AddModel(name, model);
  }
}

void WriteAttachments(Writer& writer, Kept& kept) {
  const auto& text = Keep(kept, std::vector<char>(300, 'x'));
  writer.AddAttachment("tokenizer.json", std::as_bytes(std::span(text)), nullptr,
                       "application/json");
  const auto& noise = Keep(kept, RandomBytes(200, 10));
  writer.AddAttachment("noise", noise);
  writer.AddAttachment("nothing", std::span<const std::byte>());
}

// Many small chunks: chunks of 64 units, the last one odd.
void WriteChunks(Writer& writer, Kept& kept) {
  const ScopeRef scope = writer.AddScope();
  const auto& floats = Keep(kept, WeightsFloat32(333, 11));
  writer.AddTensor(scope, Source("fp32", DType::kFloat32, {333}, floats));
  const auto& brain = Keep(kept, WeightsBFloat16(601, 12));
  writer.AddTensor(scope, Source("bf16", DType::kBFloat16, {601}, brain));
  const auto& zeros = Keep(kept, std::vector<std::int64_t>(200, 0));
  writer.AddTensor(scope, Source("zeros", DType::kInt64, {200}, zeros));
  AddRoot(writer, scope);
}

// One chunk for each way in which planes are coded: exponents, dead planes, counters.
void WritePlanes(Writer& writer, Kept& kept) {
  const ScopeRef scope = writer.AddScope();
  const auto& brain = Keep(kept, WeightsBFloat16(2'000, 13));
  writer.AddTensor(scope, Source("bf16", DType::kBFloat16, {2'000}, brain));
  std::vector<float> cut = WeightsFloat32(500, 14);
  for (float& weight : cut) {
    weight = std::bit_cast<float>(std::bit_cast<std::uint32_t>(weight) & 0xFFFF0000u);
  }
  const auto& dead = Keep(kept, std::move(cut));
  writer.AddTensor(scope, Source("bf16_in_fp32", DType::kFloat32, {500}, dead));
  std::vector<std::int64_t> counters(300);
  for (std::size_t i = 0; i < counters.size(); ++i) counters[i] = static_cast<std::int64_t>(i);
  const auto& counted = Keep(kept, std::move(counters));
  writer.AddTensor(scope, Source("counters", DType::kInt64, {300}, counted));
  AddRoot(writer, scope);
}

// Two appends to the models: one that renames, removes and replaces and keeps tensors in a new
// value, one that changes a single element of a tensor.
void AppendToModels(const std::filesystem::path& path, const AppendOptions& options) {
  {
    Appender appender = Appender::Open(path, options);
    const Reader& before = appender.before();
    appender.RenameTensor(before.FindTensor("generator/fc.weight").value(), "head.weight");
    appender.PutValue(
        "best",
        Value::List({Value::Tensor(appender.Keep(before.FindTensor("critic/fc.weight").value()))}));
    appender.RemoveEntry("critic");
    appender.PutValue("epoch", 1);
    appender.Finish();
  }
  Appender appender = Appender::Open(path, options);
  std::vector<float> weights = WeightsFloat32(12, 9);
  weights[3] = 1.5f;
  const ScopeRef scope = appender.AddScope();
  appender.AddTensor(scope, Source("fc.weight", DType::kFloat32, {3, 4}, weights));
  appender.PutModel("generator", {.scope = scope});
  appender.PutValue("epoch", 2);
  appender.Finish();
}

// As many tensors as make an index worth coding, none of them with bytes.
void WriteManyNames(Writer& writer, Kept& kept) {
  const ScopeRef scope = writer.AddScope();
  const auto& nothing = Keep(kept, std::vector<float>(1));
  for (int block = 0; block < 12; ++block) {
    for (const char* name : {"query", "key", "value", "output"}) {
      writer.AddTensor(scope, Source("layers." + std::to_string(block) + ".attention." + name,
                                     DType::kFloat32, {0, 64}, nothing));
    }
  }
  AddRoot(writer, scope);
}

enum class Made {
  kRaw,    // the same on every machine
  kCoded,  // as the libzstd at hand codes it
  kKept,   // by an older version of this library
};

struct Golden {
  const char* name;
  const char* sentence;
  Made made;
  std::uint8_t chunk_units_log2;
  std::function<void(Writer&, Kept&)> write;
  std::function<void(const std::filesystem::path&, const AppendOptions&)> append = {};
};

const Golden kGoldens[] = {
    {"empty", "A file without entries.", Made::kRaw, 18, WriteEmpty},
    {"one_tensor", "One float32 tensor of 2 x 2 in a state_dict.", Made::kRaw, 18, WriteOneTensor},
    {"every_dtype", "Three elements of each dtype, packed.", Made::kRaw, 18, WriteEveryDtype},
    {"shapes", "A scalar, a tensor without elements, one of rank 64.", Made::kRaw, 18, WriteShapes},
    {"ties", "Tied tensors: a transposed view, one that overlaps both, one that does not.",
     Made::kRaw, 18, WriteTies},
    {"strides", "Kept strides (channels_last, expanded) and dropped ones (a column).", Made::kRaw,
     18, WriteStrides},
    {"names", "Names that need escapes on a terminal, and an empty one.", Made::kRaw, 18,
     WriteNames},
    {"values", "Every kind of value, shared and nested tensors.", Made::kRaw, 18, WriteValues},
    {"models", "Two models with parameters, buffers, config and training flags.", Made::kRaw, 18,
     WriteModels},
    {"attachments", "Attachments with and without media type, one of no bytes.", Made::kRaw, 18,
     WriteAttachments},
    {"chunks", "Storages of many small raw chunks.", Made::kRaw, 6, WriteChunks},
    {"coded_chunks", "The same with every chunk coded that shrinks, and the index.", Made::kCoded,
     6, WriteChunks},
    {"coded_attachments", "A text attachment, coded; noise beside it, raw.", Made::kCoded, 18,
     WriteAttachments},
    {"planes", "Weights, weights with dead bytes, counters.", Made::kRaw, 18, WritePlanes},
    {"coded_planes", "The same, coded: pairs, constant and LZ planes; the index is not.",
     Made::kKept, 18, WritePlanes},
    {"generations", "The models, appended to twice: renamed, removed, replaced, kept.", Made::kRaw,
     18, WriteModels, AppendToModels},
    {"names_of_layers", "48 tensors without elements.", Made::kRaw, 18, WriteManyNames},
    {"coded_names_of_layers", "The same under a coded index.", Made::kCoded, 18, WriteManyNames},
};

int Build(const std::filesystem::path& folder, bool raw_only) {
  std::filesystem::create_directories(folder);
  std::string readme =
      "# Golden files\n\nMade by `build_good.cc`; every reader must accept them.\n\n";
  for (const Golden& golden : kGoldens) {
    readme += std::string("- `") + golden.name + ".stone`: " + golden.sentence + "\n";
    if (golden.made == Made::kKept || (raw_only && golden.made == Made::kCoded)) continue;
    WriteOptions options;
    options.compression = golden.made == Made::kRaw ? Compression::kNone : Compression::kAuto;
    options.chunk_units_log2 = golden.chunk_units_log2;
    options.writer = "golden";
    const std::filesystem::path path = folder / (std::string(golden.name) + ".stone");
    Writer writer(path, options);
    Kept kept;
    golden.write(writer, kept);
    writer.Finish();
    if (golden.append) golden.append(path, {.write = options});
  }
  std::ofstream(folder / "README.md") << readme;
  return 0;
}

}  // namespace
}  // namespace statestone::testing

int main(int argc, char** argv) {
  if (argc < 2) {
    std::cerr << "usage: build_good FOLDER [--raw]\n";
    return 2;
  }
  return statestone::testing::Build(argv[1], argc > 2 && std::strcmp(argv[2], "--raw") == 0);
}
