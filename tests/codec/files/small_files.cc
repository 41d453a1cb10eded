#include "tests/codec/files/small_files.h"

#include <stdexcept>

#include "tests/codec/files/example_data.h"
#include "tests/codec/files/stone_editor.h"
#include "tests/faults/scratch_directory.h"

namespace statestone::testing {
namespace {

WriteOptions SmallChunks(Compression compression) {
  WriteOptions options;
  options.compression = compression;
  options.chunk_units_log2 = 6;
  options.threads = 1;
  options.writer = "small";
  return options;
}

FileBytes RawFile() {
  static const std::vector<std::byte> noise = RandomBytes(700, 1);
  static const std::vector<float> weights = WeightsFloat32(100, 2);
  return Written(SmallChunks(Compression::kNone), [](Writer& writer) {
    const ScopeRef scope = writer.AddScope();
    writer.AddTensor(scope, Source("noise", DType::kUInt8, {7, 100}, noise));
    writer.AddTensor(scope, Source("bias", DType::kFloat32, {100}, weights));
    writer.AddValue("", Value::TensorDict(scope));
  });
}

FileBytes CodedFile() {
  static const std::vector<std::uint16_t> weights = WeightsBFloat16(1500, 3);
  static const std::vector<std::int64_t> steps(40, 7);
  static const std::vector<std::byte> odd(131, std::byte{9});
  WriteOptions options = SmallChunks(Compression::kAuto);
  options.chunk_units_log2 = 9;
  return Written(options, [](Writer& writer) {
    const ScopeRef scope = writer.AddScope();
    writer.AddTensor(scope, Source("weight", DType::kBFloat16, {1500}, weights));
    writer.AddTensor(scope, Source("steps", DType::kInt64, {40}, steps));
    writer.AddTensor(scope, Source("odd", DType::kUInt8, {131}, odd));
    writer.AddValue("model", Value::OrderedTensorDict(scope));
  });
}

Value EveryKind(TensorRef loose, ScopeRef scope) {
  const Value attributes = Value::Map({{"_metadata", Value::Map({{"", Value{{"version", 1}}}})}});
  return Value::OrderedMap(
      {{"null", nullptr},
       {"true", true},
       {Value(-3), 1'000'000'000'000},
       {Value(18'000'000'000'000'000'000u), 2.5},
       {Value(0.5), Value::Complex({1, -2})},
       {Value::Integer(std::string("\0\0\0\0\0\0\0\0\0\x01", 10)),
        Value::Integer(std::string("\1\2\3\4\5\6\7\x08\x09\xFA", 10))},
       {Value::Bytes("k"), Value::ByteArray("bytes")},
       {Value::Tuple({1, "a"}), Value::Tuple({})},
       {Value(), Value::List({"x", Value::Set({1}), Value::FrozenSet({2})})},
       {"size", Value::Size({2, 3})},
       {"dtype", Value::DTypeName("bfloat16")},
       {"device", Value::Device("cuda:0")},
       {"scalar", Value::TypedScalar(DType::kFloat32, std::string("\0\0\x80\x3F", 4))},
       {"tensor", Value::Tensor(loose)},
       {"state", Value::OrderedTensorDict(scope, attributes)}},
      Value::Map({{"note", "kept"}}));
}

FileBytes StateFile() {
  static const std::vector<float> weights = WeightsFloat32(64, 4);
  static const std::vector<double> moments(12, 0.125);
  static const std::string text(150, 'w');
  return Written(SmallChunks(Compression::kAuto), [](Writer& writer) {
    ModelSource model;
    model.scope = writer.AddScope();
    TensorSource tied = Source("tied", DType::kFloat32, {8, 8}, weights);
    tied.strides = {1, 8};
    tied.kind = TensorKind::kParameter;
    tied.requires_grad = true;
    writer.AddTensor(model.scope, tied);
    writer.AddTensor(model.scope, Source("embed", DType::kFloat32, {8, 8}, weights));
    TensorSource expanded = Source("expanded", DType::kFloat64, {5, 3}, moments);
    expanded.strides = {0, 1};
    expanded.kind = TensorKind::kBuffer;
    writer.AddTensor(model.scope, expanded);
    writer.AddTensor(model.scope, Source("nothing", DType::kInt8, {3, 0}, moments));
    model.architecture = "mlp";
    model.architecture_version = "2";
    model.config = Value{{"width", 8}};
    model.training = TrainingMode::kTrain;
    model.training_exceptions = {"a", "b.c"};
    model.metadata = Value::OrderedMap({{"", Value{{"version", 1}}}});
    writer.AddModel("model", model);
    const ScopeRef slots = writer.AddScope();
    TensorSource slot = Source("m", DType::kFloat64, {12}, moments);
    slot.data = moments.data();
    writer.AddTensor(slots, slot);
    const TensorRef loose = writer.AddAnonymousTensor(Source("", DType::kComplex64, {4}, weights));
    writer.AddValue("every kind", EveryKind(loose, slots));
    writer.AddAttachment("tokenizer", std::as_bytes(std::span(text)), nullptr, "text/plain");
    writer.AddValue("epoch", 12);
  });
}

FileBytes WithRawIndex(FileBytes file) {
  return StoneEditor(std::move(file)).StoreIndexRaw().bytes();
}

}  // namespace

FileBytes Written(const WriteOptions& options, const std::function<void(Writer&)>& describe) {
  const faults::ScratchDirectory folder;
  Writer writer(folder / "a.stone", options);
  describe(writer);
  writer.Finish();
  return faults::ToBytes(faults::ReadWhole(folder / "a.stone"));
}

const std::vector<SmallFile>& SmallFiles() {
  static const std::vector<SmallFile> files = {
      {"raw", RawFile()},
      {"coded", WithRawIndex(CodedFile())},
      {"state", WithRawIndex(StateFile())},
      {"empty", WithRawIndex(Written(SmallChunks(Compression::kAuto), [](Writer&) {}))},
      {"framed", StateFile()}};
  return files;
}

const FileBytes& SmallFileBytes(const std::string& name) {
  for (const SmallFile& file : SmallFiles()) {
    if (file.name == name) return file.bytes;
  }
  throw std::logic_error("no small file " + name);
}

Reader OpenBytes(const FileBytes& file) {
  ReadOptions options;
  options.threads = 1;
  options.max_bytes = 1 << 20;
  return Reader::FromMemory(file, nullptr, options);
}

}  // namespace statestone::testing
