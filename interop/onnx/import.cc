#include "interop/onnx/import.h"

#include <algorithm>
#include <functional>
#include <memory>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

#include "codec/bytes/checked.h"
#include "codec/check/require.h"
#include "interop/file_tensor.h"
#include "interop/left_out.h"
#include "interop/onnx/data_type.h"
#include "interop/onnx/external_data.h"
#include "interop/onnx/field_walk.h"
#include "interop/onnx/tensor_record.h"
#include "interop/onnx/typed_data.h"
#include "statestone/display.h"

namespace statestone::onnx {
namespace {

constexpr int kElsewhere = 1;  // a tensor's data_location
constexpr int kMostRank = 64;

Error Corrupt(std::string problem, std::string expected = {}, std::string found = {}) {
  return Error(ErrorCode::kCorrupt, {.problem = std::move(problem),
                                     .expected = std::move(expected),
                                     .found = std::move(found),
                                     .advice = "the file is damaged: copy it again"});
}

Value TextValue(const std::string& text) {
  return IsValidUtf8(text) ? Value(text) : Value::Bytes(text);
}

// A map of texts, no key twice.
class UniquePairs {
 public:
  void Add(const std::string& key, Value value) {
    Require(CheckSite::kOnnxKeys, keys_.insert(key).second, [&] {
      return Error(ErrorCode::kCorrupt, {.entry = "metadata",
                                         .problem = "the model has a key twice",
                                         .found = key.substr(0, 60),
                                         .advice = "the file is damaged: copy it again"});
    });
    pairs_.emplace_back(TextValue(key), std::move(value));
  }
  Value Take() { return Value::Map(std::move(pairs_)); }

 private:
  std::unordered_set<std::string> keys_;
  std::vector<Value::Pair> pairs_;
};

class ModelReader {
 public:
  ModelReader(const std::filesystem::path& path, const ImportOptions& options)
      : path_(path.string()),
        options_(options),
        source_(file::OpenPositioned(path)),
        external_(path.parent_path()),
        walk_(*source_) {
    imported_.kind = FileKind::kOnnx;
    scope_ = imported_.checkpoint.AddScope();
  }

  ImportedCheckpoint Run() {
    std::string fields;
    bool has_graph = false;
    for (Field field; walk_.Next(field);) {
      if (field.number == wire::Model::kGraphFieldNumber) {
        Require(CheckSite::kOnnxGraph, !has_graph && field.type == WireType::kLength,
                [] { return Corrupt("the model has two graphs, or one that is none"); });
        has_graph = true;
        ReadGraph(field);
      } else if (field.number == wire::Model::kTrainingFieldNumber) {
        imported_.skipped.push_back(
            {.path = "metadata", .reason = "training_info, which has graphs of its own"});
      } else if (IsOfModel(field.number)) {
        allowance_.SpendText(field.value.bytes() + 2);
        walk_.Copy(field, fields);
      }
    }
    Require(CheckSite::kOnnxGraph, has_graph, [] { return Corrupt("the model has no graph"); });
    wire::Model model;
    Require(CheckSite::kOnnxWire, model.ParseFromString(fields),
            [] { return Corrupt("the model is not as the format has it"); });
    Checkpoint& checkpoint = imported_.checkpoint;
    checkpoint.AddValue("tensors", Value::TensorDict(scope_));
    checkpoint.AddValue("metadata", Metadata(model));
    checkpoint.AddValue("packed", Value::Map(std::move(packed_)));
    imported_.source_bytes = source_->size() + external_.total_bytes();
    return std::move(imported_);
  }

 private:
  static bool IsOfModel(int number) {
    return number <= wire::Model::kDocStringFieldNumber ||
           number == wire::Model::kOperatorSetsFieldNumber ||
           number == wire::Model::kMetadataFieldNumber;
  }

  void ReadGraph(const Field& graph) {
    walk_.Enter(graph);
    for (Field field; walk_.Next(field);) {
      if (field.number == wire::Graph::kNameFieldNumber ||
          field.number == wire::Graph::kDocStringFieldNumber) {
        allowance_.SpendText(field.value.bytes() + 2);
        walk_.Copy(field, graph_fields_);
      } else if (field.number == wire::Graph::kInitializersFieldNumber) {
        RequireMessage(field);
        AddTensor(ReadTensor(walk_, field, allowance_));
      } else if (field.number == wire::Graph::kSparseInitializersFieldNumber) {
        RequireMessage(field);
        RefuseSparse(field);
      }
    }
    walk_.Leave();
  }

  static void RequireMessage(const Field& field) {
    Require(CheckSite::kOnnxWire, field.type == WireType::kLength,
            [] { return Corrupt("an initializer is no message"); });
  }

  // A sparse tensor is called as its values are.
  void RefuseSparse(const Field& sparse) {
    std::string name;
    walk_.Enter(sparse);
    for (Field field; walk_.Next(field);) {
      if (field.number != wire::SparseTensor::kValuesFieldNumber) continue;
      RequireMessage(field);
      name = ReadTensor(walk_, field, allowance_).fields.name();
    }
    walk_.Leave();
    Naming(EntryOf(name), [] {
      Require(CheckSite::kOnnxSparse, false, [] {
        return Error(ErrorCode::kUnsupported, {.problem = "the initializer is sparse",
                                               .advice = "save the model with dense ones"});
      });
    });
  }

  static std::string EntryOf(const std::string& name) {
    return "tensors/" + EscapePathComponent(name);
  }

  void Naming(const std::string& entry, const std::function<void()>& describe) {
    DescribeOrLeaveOut(imported_, options_.skip_unknown, entry, describe);
  }

  void AddTensor(TensorRecord record) {
    if (options_.stop.stop_requested()) {
      throw Error(ErrorCode::kCanceled, {.problem = "the caller stopped it"});
    }
    const std::string name = record.fields.name();
    Naming(EntryOf(name), [&] {
      Require(CheckSite::kOnnxName, !name.empty(),
              [] { return Corrupt("an initializer has no name"); });
      Require(CheckSite::kOnnxNameTwice, names_.insert(name).second,
              [] { return Corrupt("two initializers have one name"); });
      Describe(std::move(record), name);
    });
  }

  void Describe(TensorRecord record, const std::string& name) {
    const DataType* type = FindDataType(record.fields.data_type());
    const bool held = type != nullptr && type->bits != 0 && !record.has_texts;
    Require(CheckSite::kOnnxType, held, [&] {
      return Error(ErrorCode::kUnsupported,
                   {.problem = "the initializer's type has no counterpart",
                    .expected = "numbers or booleans",
                    .found = type != nullptr ? std::string(type->name)
                                             : std::to_string(record.fields.data_type())});
    });
    Require(CheckSite::kOnnxType, !record.fields.has_segment(), [] {
      return Error(ErrorCode::kUnsupported, {.problem = "the initializer is a segment of another"});
    });
    const std::vector<std::uint64_t> shape = ShapeOf(record);
    const std::uint64_t bytes = BytesOf(*type, shape);
    TensorSource tensor{.name = name, .dtype = type->dtype.value_or(DType::kUInt8), .shape = shape};
    if (!type->dtype) {
      std::vector<Value> dims(shape.begin(), shape.end());
      packed_.emplace_back(name, Value{{"type", type->name}, {"shape", Value::List(dims)}});
      tensor.shape = {bytes};
    }
    PieceReader pieces = Elements(std::move(record), *type, bytes, EntryOf(name));
    if (bytes != 0) tensor.pieces = std::move(pieces);
    imported_.checkpoint.AddTensor(scope_, std::move(tensor));
  }

  static std::vector<std::uint64_t> ShapeOf(const TensorRecord& record) {
    Require(CheckSite::kOnnxRank, record.fields.dims_size() <= kMostRank, [&] {
      return Error(ErrorCode::kLimit, {.problem = "the tensor has too many dimensions",
                                       .expected = "at most " + std::to_string(kMostRank),
                                       .found = std::to_string(record.fields.dims_size())});
    });
    std::vector<std::uint64_t> shape;
    for (const std::int64_t dim : record.fields.dims()) {
      Require(CheckSite::kOnnxShape, dim >= 0,
              [&] { return Corrupt("a dimension is negative", {}, std::to_string(dim)); });
      shape.push_back(static_cast<std::uint64_t>(dim));
    }
    return shape;
  }

  static std::uint64_t BytesOf(const DataType& type, const std::vector<std::uint64_t>& shape) {
    const auto bits = TensorBytes(shape, type.bits);
    Require(CheckSite::kOnnxShape, bits.has_value(),
            [&] { return Corrupt("the shape is beyond all bounds", {}, ShapeText(shape)); });
    return bytes::CeilDivide(bits.value_or(0), 8);
  }

  PieceReader Elements(TensorRecord record, const DataType& type, std::uint64_t bytes,
                       const std::string& entry) {
    const bool elsewhere = record.fields.data_location() == kElsewhere;
    const int places = (record.raw ? 1 : 0) + (record.typed.empty() ? 0 : 1) + (elsewhere ? 1 : 0);
    Require(CheckSite::kOnnxDataTwice, places <= 1,
            [] { return Corrupt("a tensor has its elements in two places"); });
    if (elsewhere) {
      ExternalPairs pairs;
      for (const wire::Pair& pair : record.fields.external_data()) {
        pairs.emplace_back(pair.key(), pair.value());
      }
      return external_.Find(pairs, bytes, entry);
    }
    if (record.typed.empty()) {
      const Range raw = record.raw.value_or(Range{});
      RequireSize(raw.bytes(), bytes);
      return ReadInPieces({source_, raw.begin, path_, entry});
    }
    Require(CheckSite::kOnnxDataField, record.typed_field == type.typed_field, [&] {
      return Corrupt("a tensor's elements are in a field that is not its type's",
                     "field " + std::to_string(type.typed_field) + " for " + std::string(type.name),
                     "field " + std::to_string(record.typed_field));
    });
    TypedData data{.source = source_,
                   .path = path_,
                   .entry = entry,
                   .ranges = std::move(record.typed),
                   .type = &type};
    RequireSize(DecodedBytes(data), bytes);
    return ReadTyped(std::move(data));
  }

  static void RequireSize(std::uint64_t found, std::uint64_t bytes) {
    Require(CheckSite::kOnnxDataSize, found == bytes, [&] {
      return Corrupt("the tensor is not of the size of its shape", std::to_string(bytes) + " bytes",
                     std::to_string(found));
    });
  }

  Value Metadata(const wire::Model& model) const {
    wire::Graph graph;
    Require(CheckSite::kOnnxWire, graph.ParseFromString(graph_fields_),
            [] { return Corrupt("the graph is not as the format has it"); });
    UniquePairs sets;
    for (const wire::OperatorSet& set : model.operator_sets()) {
      sets.Add(set.domain(), static_cast<long>(set.version()));
    }
    UniquePairs properties;
    for (const wire::Pair& pair : model.metadata()) {
      properties.Add(pair.key(), TextValue(pair.value()));
    }
    std::vector<Value::Pair> pairs;
    const auto text = [&](const char* key, bool present, const std::string& value) {
      if (present) pairs.emplace_back(key, TextValue(value));
    };
    pairs.emplace_back("ir_version", static_cast<long>(model.ir_version()));
    text("producer_name", model.has_producer_name(), model.producer_name());
    text("producer_version", model.has_producer_version(), model.producer_version());
    text("domain", model.has_domain(), model.domain());
    if (model.has_model_version()) {
      pairs.emplace_back("model_version", static_cast<long>(model.model_version()));
    }
    text("doc_string", model.has_doc_string(), model.doc_string());
    text("graph_name", graph.has_name(), graph.name());
    text("graph_doc_string", graph.has_doc_string(), graph.doc_string());
    pairs.emplace_back("operator_sets", sets.Take());
    pairs.emplace_back("properties", properties.Take());
    return Value::Map(std::move(pairs));
  }

  std::string path_;
  const ImportOptions& options_;
  std::shared_ptr<const file::ByteSource> source_;
  ExternalFiles external_;
  FieldWalk walk_;
  Allowance allowance_;
  ImportedCheckpoint imported_;
  ScopeRef scope_;
  std::string graph_fields_;
  std::unordered_set<std::string> names_;
  std::vector<Value::Pair> packed_;
};

}  // namespace

ImportedCheckpoint Import(const std::filesystem::path& source, const ImportOptions& options) {
  try {
    return ModelReader(source, options).Run();
  } catch (const Error& error) {
    throw error.WithPath(source.string());
  }
}

}  // namespace statestone::onnx
