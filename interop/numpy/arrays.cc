#include "interop/numpy/arrays.h"

#include <unordered_map>
#include <utility>

#include "codec/layout/strided.h"
#include "statestone/display.h"

namespace statestone::numpy {
namespace {

// A name of a zip member has a length of 16 bits; ".npy" comes behind it.
constexpr std::size_t kMostName = 0xFFFF - 4;

bool IsTensorDict(const Value& value) {
  return value.kind() == ValueKind::kTensorDict || value.kind() == ValueKind::kOrderedTensorDict;
}

bool IsColumnMajor(const TensorSource& tensor) {
  std::uint64_t expected = 1;
  for (std::size_t k = 0; k < tensor.shape.size(); ++k) {
    if (tensor.shape[k] != 1 && tensor.strides[k] != expected) return false;
    expected *= tensor.shape[k];
  }
  return true;
}

class Lister {
 public:
  explicit Lister(const Checkpoint& checkpoint)
      : checkpoint_(checkpoint), paths_(checkpoint.DisplayPaths()), names_(paths_) {}

  Arrays Run() {
    const auto entries = checkpoint_.entries();
    for (const Checkpoint::Entry& entry : entries) {
      std::visit([&](const auto& body) { AddEntry(entry.name, body); }, entry.body);
    }
    for (std::uint32_t i = 0; i < names_.size(); ++i) AddTensor({i});
    AddTies();
    return std::move(arrays_);
  }

 private:
  void Lose(std::string path, std::string what) {
    arrays_.lost.push_back({std::move(path), std::move(what)});
  }

  void AddEntry(const std::string& entry, const Value& value) {
    const std::string path = EscapePathComponent(entry);
    if (value.kind() == ValueKind::kTensor) return;
    if (!IsTensorDict(value)) return Lose(path, "a value of kind " + Name(value.kind()));
    if (!value.attributes().is_null()) Lose(path, "the attributes of a dict, such as _metadata");
    if (!entry.empty()) return;
    for (const TensorRef tensor : checkpoint_.Tensors(value.AsScope())) {
      names_[tensor.index] = checkpoint_.tensor(tensor).name;
    }
  }

  void AddEntry(const std::string& entry, const ModelSource&) {
    Lose(EscapePathComponent(entry), "what a model is beside its tensors");
  }

  void AddEntry(const std::string& entry, const AttachmentSource& attachment) {
    Lose(EscapePathComponent(entry),
         "an attachment of " + std::to_string(attachment.bytes) + " bytes");
  }

  void AddTensor(TensorRef ref) {
    const TensorSource& tensor = checkpoint_.tensor(ref);
    const std::string& path = paths_[ref.index];
    const std::string& name = names_[ref.index];
    if (name.size() > kMostName || name.find('\0') != std::string::npos) {
      return Lose(path, "left out: a zip archive cannot hold its name");
    }
    const NpyType type = NpyTypeOf(tensor.dtype);
    std::vector<std::uint64_t> shape = tensor.shape;
    if (type.extra_pair) shape.push_back(2);
    if (type.as_bytes) {
      Lose(path, "its dtype " + std::string(statestone::Name(tensor.dtype)) +
                     ": its bits are written as " + std::string(type.descriptor));
    }
    ArrayToWrite array{.name = name, .path = path, .ref = ref};
    array.bytes = checkpoint_.tensor_bytes(ref);
    const bool row_major =
        layout::IsRowMajor({tensor.shape, tensor.strides, ElementBytes(tensor.dtype)});
    array.fortran = !row_major && !type.extra_pair && IsColumnMajor(tensor);
    if (!row_major && !array.fortran) Lose(path, "its strides: written in row-major order");
    array.header = NpyHeader(type.descriptor, shape, array.fortran);
    arrays_.arrays.push_back(std::move(array));
  }

  void AddTies() {
    const std::vector<std::uint32_t> groups = checkpoint_.TieGroups();
    std::unordered_map<std::uint32_t, std::uint32_t> first;
    for (std::uint32_t i = 0; i < groups.size(); ++i) {
      if (groups[i] == 0) continue;
      const auto [member, fresh] = first.emplace(groups[i], i);
      if (!fresh) Lose(paths_[i], "its tie to " + paths_[member->second] + ": written as a copy");
    }
  }

  const Checkpoint& checkpoint_;
  const std::vector<std::string> paths_;
  std::vector<std::string> names_;
  Arrays arrays_;
};

}  // namespace

Arrays ListArrays(const Checkpoint& checkpoint) { return Lister(checkpoint).Run(); }

}  // namespace statestone::numpy
