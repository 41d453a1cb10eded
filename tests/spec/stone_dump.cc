// Prints what the library says of a file in the form that spec/reader prints it, so that the two
// can be compared: see spec/reader/dump.py.
//
//     stone_dump dump FILE       everything the file says, or the verdict
//     stone_dump verdicts FILE   one verdict a line: the file as it is, cut at every length, then
//                                with every bit flipped; of opening and verifying
#include <cstdio>
#include <cstring>
#include <fstream>
#include <iostream>
#include <iterator>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "codec/bytes/sha256.h"
#include "statestone/display.h"
#include "statestone/reader.h"

namespace statestone {
namespace {

using Json = nlohmann::ordered_json;

std::string Hex(std::span<const std::byte> bytes) {
  std::string text;
  char digits[3];
  for (const std::byte b : bytes) {
    std::snprintf(digits, sizeof digits, "%02x", std::to_integer<unsigned>(b));
    text += digits;
  }
  return text;
}

std::string Hex(std::string_view bytes) { return Hex(std::as_bytes(std::span(bytes))); }

std::string Bits(std::uint64_t number) {
  char text[17];
  std::snprintf(text, sizeof text, "%016llx", static_cast<unsigned long long>(number));
  return text;
}

class Dump {
 public:
  explicit Dump(const Reader& reader) : reader_(reader) {}

  Json Everything() {
    Json said;
    said["generation"] = reader_.generation();
    said["writer"] = reader_.writer();
    said["read_features"] = reader_.read_features();
    said["write_features"] = reader_.write_features();
    said["digest"] = DigestOrNull();
    said["entries"] = Json::array();
    for (std::size_t i = 0; i < reader_.entry_count(); ++i) {
      entry_ = i;
      said["entries"].push_back(Entry(reader_.entry(i)));
    }
    AddTieGroups();
    said["tensors"] = std::move(tensors_);
    return said;
  }

 private:
  Json DigestOrNull() const {
    try {
      return ToHex(reader_.ContentDigest());
    } catch (const Error& error) {
      if (error.code() != ErrorCode::kUnsupported) throw;
      return nullptr;
    }
  }

  Json Entry(const EntryInfo& entry) {
    Json said;
    said["name"] = entry.name;
    said["path"] = EscapePathComponent(entry.name);
    if (!entry.known) {
      said["kind"] = "unknown(" + std::to_string(static_cast<int>(entry.kind)) + ")";
    } else if (entry.kind == EntryKind::kValue) {
      said["kind"] = "value";
      said["value"] = Tree(reader_.ReadValue(entry.name));
    } else if (entry.kind == EntryKind::kModel) {
      said["kind"] = "model";
      said["model"] = Model(reader_.ReadModel(entry.name));
    } else {
      said["kind"] = "attachment";
      said["attachment"] = Attachment(reader_.attachment(entry.name));
    }
    return said;
  }

  // Over the references of the walk, as section 13 of the format counts them: a tensor that nothing
  // else refers to ties none, one referred to twice is tied to itself.
  void AddTieGroups() {
    std::map<std::uint64_t, std::size_t> references;
    const auto key = [&](std::uint32_t tensor) {
      const std::uint32_t group = reader_.TieGroups()[tensor];
      return group != 0 ? std::uint64_t{group} : (std::uint64_t{1} << 32) + tensor;
    };
    for (const std::uint32_t tensor : referred_) ++references[key(tensor)];
    std::map<std::uint64_t, std::size_t> numbers;
    for (std::size_t i = 0; i < referred_.size(); ++i) {
      const bool tied =
          references[key(referred_[i])] > 1 && reader_.tensor({referred_[i]}).bytes != 0;
      if (tied) numbers.emplace(key(referred_[i]), numbers.size() + 1);
      tensors_[i]["tie_group"] = tied ? numbers[key(referred_[i])] : 0;
    }
  }

  Json Model(const ModelInfo& model) {
    Json said;
    said["tensors"] = Scope(model.scope);
    said["architecture"] = model.architecture;
    said["architecture_version"] = model.architecture_version;
    said["config"] = TreeOrNull(model.config);
    said["training"] = static_cast<int>(model.training);
    said["training_exceptions"] = model.training_exceptions;
    said["metadata"] = TreeOrNull(model.metadata);
    return said;
  }

  Json Attachment(const AttachmentInfo& attachment) const {
    Json said;
    said["media_type"] = attachment.media_type;
    said["size"] = attachment.bytes;
    std::vector<std::byte> bytes(attachment.bytes);
    AddSum(said, [&] {
      reader_.ReadStorage(attachment.storage, bytes);
      return bytes;
    });
    return said;
  }

  template <typename Read>
  static void AddSum(Json& said, Read&& read) {
    try {
      bytes::Sha256 sha;
      sha.Update(read());
      said["sha256"] = Hex(sha.Finish());
    } catch (const Error& error) {
      if (error.code() != ErrorCode::kUnsupported) throw;
      said["refused"] = std::string(Name(error.code()));
    }
  }

  Json Scope(ScopeRef scope) {
    Json references = Json::array();
    for (const TensorRef tensor : reader_.Tensors(scope)) references.push_back(Tensor(tensor));
    return references;
  }

  std::size_t Tensor(TensorRef tensor) {
    const TensorInfo info = reader_.tensor(tensor);
    static constexpr const char* kKinds[] = {"tensor", "parameter", "buffer"};
    Json said;
    // Only the first of several references to one tensor has its path; null stands for any.
    said["path"] = nullptr;
    if (seen_.insert(tensor.index).second) said["path"] = reader_.DisplayPaths()[tensor.index];
    said["entry"] = entry_;
    said["name"] = info.name;
    said["dtype"] = info.dtype_name;
    said["shape"] = std::vector<std::uint64_t>(info.shape.begin(), info.shape.end());
    said["strides"] = Strides(info);
    said["kind"] = kKinds[static_cast<int>(info.kind)];
    said["requires_grad"] = info.requires_grad;
    AddSum(said, [&] { return reader_.Read(tensor); });
    tensors_.push_back(std::move(said));
    referred_.push_back(tensor.index);
    return tensors_.size() - 1;
  }

  static std::vector<std::uint64_t> Strides(const TensorInfo& info) {
    if (!info.strides.empty()) return {info.strides.begin(), info.strides.end()};
    std::vector<std::uint64_t> strides(info.shape.size());
    std::uint64_t stride = 1;
    for (std::size_t i = strides.size(); i-- > 0;) {
      strides[i] = stride;
      stride *= std::max<std::uint64_t>(info.shape[i], 1);
    }
    return strides;
  }

  Json TreeOrNull(const Value& value) { return value.is_null() ? Json(nullptr) : Tree(value); }

  Json Tree(const Value& value) {
    Json said;
    if (value.kind() > ValueKind::kFrozenSet) {
      said["kind"] = "unknown(" + std::to_string(static_cast<int>(value.kind())) + ")";
      return said;
    }
    said["kind"] = Name(value.kind());
    switch (value.kind()) {
      case ValueKind::kNull:
        break;
      case ValueKind::kBool:
        said["value"] = value.AsBool();
        break;
      case ValueKind::kInt64:
        said["value"] = std::to_string(value.AsInt());
        break;
      case ValueKind::kUInt64:
        said["value"] = std::to_string(value.AsUInt());
        break;
      case ValueKind::kFloat64:
        said["bits"] = Bits(value.number());
        break;
      case ValueKind::kComplex128:
        said["bits"] = Bits(value.number());
        said["imaginary"] = Bits(value.imaginary());
        break;
      case ValueKind::kString:
      case ValueKind::kDType:
      case ValueKind::kDevice:
        said["text"] = value.raw_bytes();
        break;
      case ValueKind::kBigInt:
      case ValueKind::kBytes:
      case ValueKind::kByteArray:
        said["hex"] = Hex(value.raw_bytes());
        break;
      case ValueKind::kList:
      case ValueKind::kTuple:
      case ValueKind::kSet:
      case ValueKind::kFrozenSet:
      case ValueKind::kSize:
        said["items"] = Json::array();
        for (const Value& item : value.items()) said["items"].push_back(Tree(item));
        break;
      case ValueKind::kMap:
      case ValueKind::kOrderedMap:
        said["pairs"] = Json::array();
        for (std::size_t i = 0; i < value.keys().size(); ++i) {
          Json key = Tree(value.keys()[i]);
          said["pairs"].push_back({std::move(key), Tree(value.items()[i])});
        }
        break;
      case ValueKind::kTensor:
        said["tensor"] = Tensor(value.AsTensor());
        break;
      case ValueKind::kTensorDict:
      case ValueKind::kOrderedTensorDict:
        said["tensors"] = Scope(value.AsScope());
        break;
      case ValueKind::kTypedScalar:
        said["dtype"] = value.AsDTypeName();
        said["hex"] = Hex(value.raw_bytes());
        break;
    }
    if (value.kind() == ValueKind::kOrderedMap || value.kind() == ValueKind::kOrderedTensorDict) {
      said["attributes"] = TreeOrNull(value.attributes());
    }
    return said;
  }

  const Reader& reader_;
  std::size_t entry_ = 0;
  Json tensors_ = Json::array();
  std::set<std::uint32_t> seen_;
  std::vector<std::uint32_t> referred_;
};

std::string Verdict(std::span<const std::byte> file) {
  std::string opened = "ok";
  try {
    const Reader reader = Reader::FromMemory(file, nullptr, {.threads = 1});
    try {
      reader.Verify();
      return "ok ok";
    } catch (const Error& error) {
      return "ok " + std::string(Name(error.code()));
    }
  } catch (const Error& error) {
    return std::string(Name(error.code()));
  }
}

int PrintVerdicts(const char* path) {
  std::ifstream in(path, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  const auto whole = std::as_bytes(std::span(text));
  std::vector<std::byte> file(whole.begin(), whole.end());
  std::cout << Verdict(file) << '\n';
  for (std::size_t size = 0; size < file.size(); ++size) {
    // A copy of its own, so that a sanitizer sees a read past the end.
    const std::vector<std::byte> cut(file.begin(), file.begin() + static_cast<long>(size));
    std::cout << Verdict(cut) << '\n';
  }
  for (std::byte& b : file) {
    for (int bit = 0; bit < 8; ++bit) {
      b ^= static_cast<std::byte>(1 << bit);
      std::cout << Verdict(file) << '\n';
      b ^= static_cast<std::byte>(1 << bit);
    }
  }
  return 0;
}

int PrintDump(const char* path) {
  try {
    const Reader reader = Reader::Open(path);
    std::cout << Dump(reader).Everything().dump(1) << '\n';
    return 0;
  } catch (const Error& error) {
    const Json said = {{"code", std::string(Name(error.code()))}, {"text", error.what()}};
    std::cout << said.dump(1) << '\n';
    return 1;
  }
}

}  // namespace
}  // namespace statestone

int main(int argc, char** argv) {
  if (argc == 3 && std::strcmp(argv[1], "dump") == 0) return statestone::PrintDump(argv[2]);
  if (argc == 3 && std::strcmp(argv[1], "verdicts") == 0) return statestone::PrintVerdicts(argv[2]);
  std::fputs("usage: stone_dump dump|verdicts FILE\n", stderr);
  return 2;
}
