#include "cli/inspect/inspect_json.h"

#include <fmt/format.h>

#include <cmath>

#include "cli/inspect/chunk_column.h"
#include "cli/inspect/value_json.h"
#include "statestone/optimizer_state.h"
#include "statestone/version.h"

namespace statestone::cli {
namespace {

using Json = nlohmann::ordered_json;

std::string_view KindName(TensorKind kind) {
  switch (kind) {
    case TensorKind::kTensor:
      return "tensor";
    case TensorKind::kParameter:
      return "parameter";
    case TensorKind::kBuffer:
      return "buffer";
  }
  return "tensor";
}

Json TrainingJson(TrainingMode training) {
  if (training == TrainingMode::kTrain) return "train";
  if (training == TrainingMode::kEval) return "eval";
  return {};
}

Json ModelJson(const ModelInfo& model, const Reader& reader) {
  Json json = {{"scope", model.scope.index},
               {"architecture", model.architecture},
               {"architecture_version", model.architecture_version},
               {"training", TrainingJson(model.training)},
               {"training_exceptions", model.training_exceptions}};
  json["config"] = ValueJson(model.config, reader);
  json["metadata"] = ValueJson(model.metadata, reader);
  return json;
}

// What a tagged value stands for.
void AddMeaning(Json& json, const Value& value, const Reader& reader) {
  if (const auto optimizer = ReadOptimizerState(value, MembersIn(reader))) {
    std::size_t parameters = 0;
    for (const OptimizerState::Group& group : optimizer->groups) {
      parameters += group.parameters.size();
    }
    json["optimizer"] = {{"algorithm", optimizer->algorithm},
                         {"model", optimizer->model},
                         {"groups", optimizer->groups.size()},
                         {"parameters", parameters}};
  }
  if (const auto scheduler = ReadSchedulerState(value)) {
    json["scheduler"] = {{"algorithm", scheduler->algorithm}, {"optimizer", scheduler->optimizer}};
  }
}

Json AttachmentJson(const AttachmentInfo& attachment, const Reader& reader) {
  return {{"media_type", attachment.media_type},
          {"bytes", attachment.bytes},
          {"stored_bytes", reader.storage(attachment.storage).stored_bytes},
          {"storage", attachment.storage}};
}

Json StorageJson(std::uint32_t number, const StorageInfo& storage) {
  return {{"number", number},
          {"bytes", storage.bytes},
          {"stored_bytes", storage.stored_bytes},
          {"unit", storage.unit},
          {"filter", storage.rotate ? "rotate" : "none"},
          {"layout", storage.layout == StorageLayout::kRaw ? "raw" : "planes"},
          {"readable", storage.readable},
          {"chunk_bytes", storage.chunk_bytes},
          {"chunks", storage.chunks}};
}

Json FeaturesJson(const std::vector<std::string_view>& features) {
  Json json = Json::array();
  for (const std::string_view feature : features) json.push_back(feature);
  return json;
}

}  // namespace

Json EntryJson(const EntryInfo& entry, const Reader& reader) {
  Json json = {{"name", entry.name}};
  if (!entry.known) {
    json["kind"] = fmt::format("unknown {}", static_cast<int>(entry.kind));
    return json;
  }
  switch (entry.kind) {
    case EntryKind::kValue: {
      const Value value = reader.ReadValue(entry.name);
      json["kind"] = "value";
      json["value"] = ValueJson(value, reader);
      AddMeaning(json, value, reader);
      break;
    }
    case EntryKind::kModel:
      json["kind"] = "model";
      json["model"] = ModelJson(reader.ReadModel(entry.name), reader);
      break;
    case EntryKind::kAttachment:
      json["kind"] = "attachment";
      json["attachment"] = AttachmentJson(reader.attachment(entry.name), reader);
      break;
  }
  return json;
}

Json TensorJson(const Catalog& catalog, TensorRef tensor) {
  const TensorInfo info = catalog.tensor(tensor);
  const TensorShare& share = catalog.share(tensor);
  const Reader& reader = catalog.reader();
  Json json = {{"path", reader.DisplayPaths()[tensor.index]},
               {"name", info.name},
               {"scope", info.scope.index},
               {"dtype", info.dtype_name},
               {"shape", info.shape},
               {"strides", info.strides.empty() ? Json() : Json(info.strides)},
               {"elements", info.elements},
               {"bytes", info.bytes},
               {"kind", KindName(info.kind)},
               {"requires_grad", info.requires_grad},
               {"stored_bytes", std::llround(share.stored_bytes)},
               {"stored_bytes_estimated", share.estimated},
               {"coding", Name(share.coding)},
               {"storage", info.storage},
               {"offset", info.offset}};
  const bool tied = share.tied_to != TensorShare::kNone;
  json["tie_group"] = tied ? Json(reader.TieGroups()[tensor.index]) : Json();
  json["tied_to"] =
      tied && share.tied_to != tensor.index ? Json(reader.DisplayPaths()[share.tied_to]) : Json();
  return json;
}

Json TensorDetailJson(const Catalog& catalog, TensorRef tensor) {
  const TensorInfo info = catalog.tensor(tensor);
  const StorageInfo storage = catalog.reader().storage(info.storage);
  Json json = TensorJson(catalog, tensor);
  json["storage"] = StorageJson(info.storage, storage);
  json["chunks"] = Json::array();
  for (const ChunkRow& chunk :
       ChunksOf(catalog.reader(), storage, info.offset, info.extent_bytes)) {
    json["chunks"].push_back({{"number", chunk.number},
                              {"offset", chunk.offset},
                              {"stored_bytes", chunk.stored_bytes},
                              {"decoded_bytes", chunk.decoded_bytes},
                              {"stored_sum", fmt::format("{:016x}", chunk.stored_sum)},
                              {"decoded_sum", fmt::format("{:016x}", chunk.decoded_sum)}});
  }
  return json;
}

Json FileJson(const std::string& path, const Catalog& catalog) {
  const Reader& reader = catalog.reader();
  const FileSums& sums = catalog.sums();
  Json json = {{"path", path},
               {"format_version", kFormatVersion},
               {"file_bytes", reader.file_bytes()},
               {"logical_bytes", sums.logical_bytes},
               {"generation", reader.generation()},
               {"writer", reader.writer()},
               {"read_features", FeaturesJson(reader.read_features())},
               {"write_features", FeaturesJson(reader.write_features())},
               {"parameters", sums.parameters},
               {"elements", sums.elements},
               {"storages", reader.storage_count()},
               {"chunks", reader.chunk_count()},
               {"entries", Json::array()},
               {"tensors", Json::array()}};
  for (std::size_t i = 0; i < reader.entry_count(); ++i) {
    json["entries"].push_back(EntryJson(reader.entry(i), reader));
  }
  for (std::uint32_t i = 0; i < reader.tensor_count(); ++i) {
    json["tensors"].push_back(TensorJson(catalog, {i}));
  }
  return json;
}

}  // namespace statestone::cli
