#include "statestone/copy.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "codec/copy/storage_window.h"
#include "statestone/display.h"

namespace statestone {
namespace {

// Takes over tensors, scopes and values one by one, giving them the description's numbers. The
// pieces of what it described read through it.
class Copier : public std::enable_shared_from_this<Copier> {
 public:
  Copier(Reader source, Checkpoint& copy)
      : source_(std::move(source)),
        copy_(copy),
        window_(source_),
        tensors_(source_.tensor_count()) {
    const auto& groups = source_.TieGroups();
    for (std::uint32_t i = 0; i < groups.size(); ++i) {
      if (groups[i] == 0) continue;
      const TensorInfo info = source_.tensor({i});
      TiedBytes& tied = tied_.try_emplace(groups[i], TiedBytes{info.offset, 0, {}}).first->second;
      tied.begin = std::min(tied.begin, info.offset);
      tied.end = std::max(tied.end, info.offset + info.extent_bytes);
    }
  }

  void CopyEntry(const EntryInfo& entry) {
    if (!entry.known) throw NotCopied(std::string(entry.name), "an entry of a kind of the future");
    std::string name(entry.name);
    switch (entry.kind) {
      case EntryKind::kValue: {
        Value value = CopyValue(source_.ReadValue(entry.name), name);
        return copy_.AddValue(std::move(name), std::move(value));
      }
      case EntryKind::kModel:
        return CopyModel(std::move(name));
      case EntryKind::kAttachment:
        return CopyAttachment(name);
    }
  }

  // Tensors that nothing refers to are kept too, in case somebody knows them by their numbers.
  void CopyUnreferenced() {
    for (std::uint32_t i = 0; i < tensors_.size(); ++i) CopyAnonymous({i});
  }

 private:
  // The span of a tie group in its storage: memory that overlaps again ties the tensors again.
  struct TiedBytes {
    std::uint64_t begin = 0;
    std::uint64_t end = 0;
    std::shared_ptr<std::vector<std::byte>> bytes;
  };

  static Error NotCopied(std::string entry, std::string what) {
    return {ErrorCode::kUnsupported,
            {.entry = std::move(entry),
             .problem = "a copy would lose " + std::move(what),
             .advice = "the file was written by a newer version: update this program"}};
  }

  // Runs a read so that its error names what was copied, not the storage it lies in.
  template <typename Body>
  static void Naming(const std::string& entry, Body&& body) {
    try {
      body();
    } catch (const Error& error) {
      ErrorFields fields = error.fields();
      fields.entry = entry;
      throw Error(error.code(), std::move(fields));
    }
  }

  void CopyModel(std::string name) {
    const ModelInfo info = source_.ReadModel(name);
    ModelSource model;
    model.scope = CopyScope(info.scope);
    model.architecture = info.architecture;
    model.architecture_version = info.architecture_version;
    model.config = CopyValue(info.config, name);
    model.training = info.training;
    model.training_exceptions = info.training_exceptions;
    model.metadata = CopyValue(info.metadata, name);
    copy_.AddModel(std::move(name), std::move(model));
  }

  void CopyAttachment(const std::string& name) {
    const AttachmentInfo info = source_.attachment(name);
    copy_.AddAttachment(name, {.bytes = info.bytes,
                               .pieces =
                                   [self = shared_from_this(), name, storage = info.storage](
                                       std::uint64_t offset, std::span<std::byte> out) {
                                     Naming(EscapePathComponent(name),
                                            [&] { self->window_.Read(storage, offset, out); });
                                   },
                               .media_type = info.media_type});
  }

  ScopeRef CopyScope(ScopeRef scope) {
    const ScopeRef added = copy_.AddScope();
    for (const TensorRef tensor : source_.Tensors(scope)) {
      tensors_[tensor.index] = copy_.AddTensor(added, Describe(tensor));
    }
    return added;
  }

  TensorRef CopyAnonymous(TensorRef tensor) {
    std::optional<TensorRef>& added = tensors_[tensor.index];
    if (!added) added = copy_.AddAnonymousTensor(Describe(tensor));
    return *added;
  }

  // NOLINTNEXTLINE(misc-no-recursion): values are at most 64 deep
  Value CopyValue(const Value& value, const std::string& entry) {
    if (value.kind() > ValueKind::kFrozenSet) throw NotCopied(entry, Name(value.kind()));
    Value::Fields fields;
    fields.kind = value.kind();
    fields.number = value.number();
    fields.imaginary = value.imaginary();
    fields.bytes = value.raw_bytes();
    if (value.kind() == ValueKind::kTensor) fields.tensor = CopyAnonymous(value.AsTensor()).index;
    if (value.kind() == ValueKind::kTensorDict || value.kind() == ValueKind::kOrderedTensorDict) {
      fields.scope = CopyScope(value.AsScope()).index;
    }
    for (const Value& key : value.keys()) fields.keys.push_back(CopyValue(key, entry));
    for (const Value& item : value.items()) fields.items.push_back(CopyValue(item, entry));
    if (!value.attributes().is_null()) {
      fields.attributes = std::make_unique<Value>(CopyValue(value.attributes(), entry));
    }
    return Value::FromFields(std::move(fields));
  }

  TensorSource Describe(TensorRef tensor) {
    const TensorInfo info = source_.tensor(tensor);
    if (info.dtype == nullptr) {
      throw NotCopied(source_.DisplayPaths()[tensor.index],
                      "dtype " + std::string(info.dtype_name));
    }
    TensorSource copied;
    copied.name = info.name;
    copied.dtype = info.dtype->dtype;
    copied.shape.assign(info.shape.begin(), info.shape.end());
    copied.kind = info.kind;
    copied.requires_grad = info.requires_grad;
    if (info.bytes == 0) return copied;
    const std::uint32_t group = source_.TieGroups()[tensor.index];
    if (group == 0 && info.strides.empty()) {
      copied.pieces = [self = shared_from_this(), tensor, storage = info.storage,
                       begin = info.offset](std::uint64_t offset, std::span<std::byte> out) {
        Naming(self->source_.DisplayPaths()[tensor.index],
               [&] { self->window_.Read(storage, begin + offset, out); });
      };
      return copied;
    }
    copied.strides.assign(info.strides.begin(), info.strides.end());
    if (group == 0) {
      const auto bytes = ReadRange(tensor, info.offset, info.offset + info.extent_bytes);
      copied.data = bytes->data();
      copied.owner = bytes;
      return copied;
    }
    TiedBytes& tied = tied_.at(group);
    if (!tied.bytes) tied.bytes = ReadRange(tensor, tied.begin, tied.end);
    copied.data = tied.bytes->data() + (info.offset - tied.begin);
    copied.owner = tied.bytes;
    return copied;
  }

  // Bytes [begin, end) of the tensor's storage.
  std::shared_ptr<std::vector<std::byte>> ReadRange(TensorRef tensor, std::uint64_t begin,
                                                    std::uint64_t end) const {
    auto bytes = std::make_shared<std::vector<std::byte>>(end - begin);
    Naming(source_.DisplayPaths()[tensor.index],
           [&] { source_.ReadStorageRange(source_.tensor(tensor).storage, begin, *bytes); });
    return bytes;
  }

  const Reader source_;
  Checkpoint& copy_;  // only while describing
  copy::StorageWindow window_;
  std::vector<std::optional<TensorRef>> tensors_;
  std::unordered_map<std::uint32_t, TiedBytes> tied_;
};

}  // namespace

Checkpoint DescribeCheckpoint(const Reader& source) {
  if (const auto features = source.write_features(); !features.empty()) {
    throw Error(ErrorCode::kUnsupported,
                {.problem = "the file needs a feature of its writer that this version lacks",
                 .found = std::string(features.front()),
                 .advice = "a copy would drop what it stands for: update this program"});
  }
  Checkpoint described;
  const auto copier = std::make_shared<Copier>(source, described);
  for (std::size_t i = 0; i < source.entry_count(); ++i) copier->CopyEntry(source.entry(i));
  copier->CopyUnreferenced();
  return described;
}

WriteSummary CopyCheckpoint(const Reader& source, const std::filesystem::path& target,
                            const WriteOptions& options) {
  return SaveCheckpoint(DescribeCheckpoint(source), target, options);
}

}  // namespace statestone
