#include "tests/interop/describe.h"

#include <algorithm>
#include <cstdio>
#include <map>
#include <string>
#include <vector>

#include "codec/bytes/sha256.h"

namespace statestone {
namespace {

using nlohmann::json;

std::string Hex(std::string_view bytes) {
  std::string text;
  char digits[4];
  for (const char c : bytes) {
    std::snprintf(digits, sizeof digits, "%02x", static_cast<unsigned char>(c));
    text += digits;
  }
  return text;
}

std::string Hex(std::uint64_t number) {
  char digits[24];
  std::snprintf(digits, sizeof digits, "%016llx", static_cast<unsigned long long>(number));
  return digits;
}

std::string Sha256Hex(std::span<const std::byte> data) {
  bytes::Sha256 sha;
  sha.Update(data);
  const auto digest = sha.Finish();
  return Hex(std::string_view(reinterpret_cast<const char*>(digest.data()), digest.size()));
}

class Describer {
 public:
  explicit Describer(const Reader& reader) : reader_(reader) {}

  json Tensor(TensorRef ref) const {
    const TensorInfo info = reader_.tensor(ref);
    json described = {{"kind", "tensor"},
                      {"dtype", info.dtype_name},
                      {"shape", std::vector<std::uint64_t>(info.shape.begin(), info.shape.end())},
                      {"requires_grad", info.requires_grad},
                      {"parameter", info.kind == TensorKind::kParameter},
                      {"sha256", Sha256Hex(reader_.Read(ref))}};
    described["strides"] = nullptr;
    if (!info.strides.empty()) {
      described["strides"] = std::vector<std::uint64_t>(info.strides.begin(), info.strides.end());
    }
    return described;
  }

  json Of(const Value& value) const {
    json described = {{"kind", Name(value.kind())}};
    switch (value.kind()) {
      case ValueKind::kNull:
        break;
      case ValueKind::kBool:
        described["value"] = value.AsBool();
        break;
      case ValueKind::kInt64:
        described["value"] = std::to_string(value.AsInt());
        break;
      case ValueKind::kUInt64:
        described["value"] = std::to_string(value.AsUInt());
        break;
      case ValueKind::kFloat64:
        described["bits"] = Hex(value.number());
        break;
      case ValueKind::kComplex128:
        described["bits"] = Hex(value.number()) + Hex(value.imaginary());
        break;
      case ValueKind::kString:
        described["value"] = value.AsString();
        break;
      case ValueKind::kDType:
        described["value"] = value.AsDTypeName();
        break;
      case ValueKind::kDevice:
        described["value"] = value.AsDevice();
        break;
      case ValueKind::kTypedScalar:
        described["dtype"] = value.AsDTypeName();
        described["bytes"] = Hex(value.AsBytes());
        break;
      case ValueKind::kBigInt:
      case ValueKind::kBytes:
      case ValueKind::kByteArray:
        described["bytes"] = Hex(value.AsBytes());
        break;
      case ValueKind::kTensor:
        return Tensor(value.AsTensor());
      case ValueKind::kTensorDict:
      case ValueKind::kOrderedTensorDict:
        described["tensors"] = Scope(value.AsScope());
        break;
      case ValueKind::kMap:
      case ValueKind::kOrderedMap:
        described["pairs"] = Pairs(value);
        break;
      default:
        described["items"] = json::array();
        for (const Value& item : value.items()) described["items"].push_back(Of(item));
    }
    if (!value.attributes().is_null()) described["attributes"] = Of(value.attributes());
    return described;
  }

 private:
  json Pairs(const Value& map) const {
    json pairs = json::array();
    for (std::size_t i = 0; i < map.items().size(); ++i) {
      pairs.push_back({Of(map.keys()[i]), Of(map.items()[i])});
    }
    return pairs;
  }

  json Scope(ScopeRef scope) const {
    json tensors = json::array();
    for (const TensorRef ref : reader_.Tensors(scope)) {
      tensors.push_back({reader_.tensor(ref).name, Tensor(ref)});
    }
    return tensors;
  }

  const Reader& reader_;
};

}  // namespace

json DescribeEntries(const Reader& reader) {
  const Describer describer(reader);
  json entries = json::array();
  for (std::size_t i = 0; i < reader.entry_count(); ++i) {
    const std::string name(reader.entry(i).name);
    entries.push_back({name, describer.Of(reader.ReadValue(name))});
  }
  return entries;
}

json DescribeTies(const Reader& reader) {
  std::map<std::uint32_t, std::vector<std::string>> groups;
  const auto& numbers = reader.TieGroups();
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    if (numbers[i] != 0) groups[numbers[i]].push_back(reader.DisplayPaths()[i]);
  }
  std::vector<std::vector<std::string>> sorted;
  for (auto& [number, paths] : groups) {
    std::ranges::sort(paths);
    sorted.push_back(std::move(paths));
  }
  std::ranges::sort(sorted);
  return sorted;
}

}  // namespace statestone
