#include "statestone/copy.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "codec/copy/storage_window.h"
#include "codec/copy/transfer.h"
#include "codec/reader/reader_state.h"
#include "codec/writer/checkpoint_state.h"
#include "statestone/display.h"

namespace statestone {
namespace {

// Describes tensors by their decoded bytes. What it described reads through it.
class Copier final : public copy::Transfer, public std::enable_shared_from_this<Copier> {
 public:
  /// `whole`: what is copied is written as it is, kinds of the future among it.
  Copier(const Reader& source, Checkpoint& copy, bool whole)
      : Transfer(source, copy), whole_(whole), window_(source) {
    const auto& groups = this->source().TieGroups();
    for (std::uint32_t i = 0; i < groups.size(); ++i) {
      if (groups[i] == 0) continue;
      const TensorInfo info = source.tensor({i});
      TiedBytes& tied = tied_.try_emplace(groups[i], TiedBytes{info.offset, 0, {}}).first->second;
      tied.begin = std::min(tied.begin, info.offset);
      tied.end = std::max(tied.end, info.offset + info.extent_bytes);
    }
  }

 private:
  // The span of a tie group in its storage: memory that overlaps again ties the tensors again.
  struct TiedBytes {
    std::uint64_t begin = 0;
    std::uint64_t end = 0;
    std::shared_ptr<std::vector<std::byte>> bytes;
  };

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

  TensorRef AddTensor(std::optional<ScopeRef> scope, TensorRef tensor) override {
    TensorSource described = Describe(tensor);
    return scope ? target().AddTensor(*scope, std::move(described))
                 : target().AddAnonymousTensor(std::move(described));
  }

  AttachmentSource DescribeAttachment(const std::string& name, std::uint32_t storage) {
    AttachmentSource attachment{.bytes = source().storage(storage).bytes};
    attachment.pieces = [self = shared_from_this(), name, storage](std::uint64_t offset,
                                                                   std::span<std::byte> out) {
      Naming(EscapePathComponent(name), [&] { self->window_.Read(storage, offset, out); });
    };
    return attachment;
  }

  void AddAttachment(std::string name, const AttachmentInfo& info) override {
    AttachmentSource attachment = DescribeAttachment(name, info.storage);
    attachment.media_type = info.media_type;
    target().AddAttachment(std::move(name), std::move(attachment));
  }

  void AddBody(Checkpoint::Entry entry) override {
    if (!whole_) return Transfer::AddBody(std::move(entry));
    target().state().AddKeptEntry(std::move(entry), std::nullopt);
  }

  void AddUnknownEntry(std::size_t number, std::string name) override {
    if (!whole_) throw WouldLose(std::move(name), "an entry of a kind of the future");
    container::UnknownEntry unknown = UnknownTables(number, name);
    if (const auto* attachment = source().state().index().entry(number).attachment()) {
      unknown.attachment = DescribeAttachment(name, attachment->storage());
      if (attachment->media_type() != nullptr) {
        unknown.attachment->media_type = attachment->media_type()->str();
      }
    }
    target().state().AddUnknownEntry(std::move(name), std::move(unknown), std::nullopt);
  }

  bool keeps_unknown_values() const override { return whole_; }

  TensorSource Describe(TensorRef tensor) {
    const TensorInfo info = source().tensor(tensor);
    if (info.dtype == nullptr) {
      throw WouldLose(source().DisplayPaths()[tensor.index],
                      "dtype " + std::string(info.dtype_name));
    }
    TensorSource copied;
    copied.name = info.name;
    copied.dtype = info.dtype->dtype;
    copied.shape.assign(info.shape.begin(), info.shape.end());
    copied.kind = info.kind;
    copied.requires_grad = info.requires_grad;
    if (info.bytes == 0) return copied;
    const std::uint32_t group = source().TieGroups()[tensor.index];
    if (group == 0 && info.strides.empty()) {
      copied.pieces = [self = shared_from_this(), tensor, storage = info.storage,
                       begin = info.offset](std::uint64_t offset, std::span<std::byte> out) {
        Naming(self->source().DisplayPaths()[tensor.index],
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
    Naming(source().DisplayPaths()[tensor.index],
           [&] { source().ReadStorageRange(source().tensor(tensor).storage, begin, *bytes); });
    return bytes;
  }

  const bool whole_;
  copy::StorageWindow window_;
  std::unordered_map<std::uint32_t, TiedBytes> tied_;
};

Checkpoint Copied(const Reader& source, bool whole) {
  if (const auto features = source.write_features(); !features.empty()) {
    throw Error(ErrorCode::kUnsupported,
                {.problem = "the file needs a feature of its writer that this version lacks",
                 .found = std::string(features.front()),
                 .advice = "a copy would drop what it stands for: update this program"});
  }
  Checkpoint described;
  const auto copier = std::make_shared<Copier>(source, described, whole);
  for (std::size_t i = 0; i < source.entry_count(); ++i) {
    copier->AddEntry(i, std::string(source.entry(i).name));
  }
  copier->AddUnreferenced();
  return described;
}

}  // namespace

Checkpoint DescribeCheckpoint(const Reader& source) { return Copied(source, false); }

WriteSummary CopyCheckpoint(const Reader& source, const std::filesystem::path& target,
                            const WriteOptions& options) {
  return SaveCheckpoint(Copied(source, true), target, options);
}

}  // namespace statestone
