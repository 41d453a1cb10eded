// A checkpoint of another format, by its description.
#include <utility>

#include "codec/layout/strided.h"
#include "interop/walk/opened_checkpoint.h"
#include "statestone/display.h"

namespace statestone::walk {
namespace {

class OpenedDescription final : public OpenedCheckpoint {
 public:
  OpenedDescription(const std::filesystem::path& path, const ImportOptions& options)
      : imported_(ImportCheckpoint(path, options)) {
    path_ = path.string();
    kind_ = imported_.kind;
    file_bytes_ = imported_.source_bytes;
    skipped_ = imported_.skipped;
    const Checkpoint& checkpoint = imported_.checkpoint;
    paths_ = checkpoint.DisplayPaths();
    ties_ = checkpoint.TieGroups();
    std::vector<char> listed(checkpoint.tensor_count(), 0);
    for (std::uint32_t scope = 0; scope < checkpoint.scope_count(); ++scope) {
      for (const TensorRef tensor : checkpoint.Tensors({scope})) {
        if (std::exchange(listed[tensor.index], 1) == 0) AddTensor(tensor);
      }
    }
    for (std::uint32_t i = 0; i < listed.size(); ++i) {
      if (listed[i] == 0) AddTensor({i});
    }
    entries_.assign(checkpoint.entries().begin(), checkpoint.entries().end());
    for (const Checkpoint::Entry& entry : entries_) {
      if (const auto* attachment = std::get_if<AttachmentSource>(&entry.body)) {
        AddAttachment(entry.name, *attachment);
      }
    }
  }

  bool ReadsAnywhere(std::uint32_t tensor) const override { return pieces_of(tensor) == nullptr; }

  std::optional<std::span<const std::byte>> InPlace(std::uint32_t tensor, std::uint64_t offset,
                                                    std::uint64_t bytes) const override {
    const std::byte* data = nullptr;
    if (tensors_[tensor].attachment) {
      data = attachment(tensor).data;
    } else {
      const TensorSource& source = imported_.checkpoint.tensor({sources_[tensor]});
      const layout::Layout rows{source.shape, source.strides, ElementBytes(source.dtype)};
      if (layout::IsRowMajor(rows)) data = static_cast<const std::byte*>(source.data);
    }
    if (data == nullptr) return std::nullopt;
    return std::span(data + offset, bytes);
  }

  void Read(std::span<const TensorPiece> pieces) const override {
    for (const TensorPiece& piece : pieces) {
      try {
        if (!tensors_[piece.tensor].attachment) {
          imported_.checkpoint.Read({sources_[piece.tensor]}, piece.offset, piece.out);
        } else if (!piece.out.empty()) {
          attachment(piece.tensor).pieces(piece.offset, piece.out);
        }
      } catch (const Error& error) {
        throw error.WithPath(path_).WithEntry(tensors_[piece.tensor].path);
      }
    }
  }

 private:
  const AttachmentSource& attachment(std::uint32_t tensor) const {
    return *attachments_[sources_[tensor]];
  }

  const PieceReader* pieces_of(std::uint32_t tensor) const {
    const PieceReader& pieces = tensors_[tensor].attachment
                                    ? attachment(tensor).pieces
                                    : imported_.checkpoint.tensor({sources_[tensor]}).pieces;
    return pieces ? &pieces : nullptr;
  }

  void AddTensor(TensorRef ref) {
    const TensorSource& source = imported_.checkpoint.tensor(ref);
    tensors_.push_back({.path = paths_[ref.index],
                        .dtype = source.dtype,
                        .shape = source.shape,
                        .bytes = imported_.checkpoint.tensor_bytes(ref),
                        .kind = source.kind,
                        .requires_grad = source.requires_grad,
                        .tie_group = ties_[ref.index],
                        .position = tensors_.size()});
    sources_.push_back(ref.index);
  }

  void AddAttachment(const std::string& name, const AttachmentSource& source) {
    tensors_.push_back({.path = EscapePathComponent(name),
                        .shape = {source.bytes},
                        .bytes = source.bytes,
                        .attachment = true,
                        .position = tensors_.size()});
    sources_.push_back(static_cast<std::uint32_t>(attachments_.size()));
    attachments_.push_back(&source);
  }

  const ImportedCheckpoint imported_;
  std::vector<std::uint32_t> ties_;
  std::vector<std::uint32_t> sources_;  // the tensor's or the attachment's number
  std::vector<const AttachmentSource*> attachments_;
};

}  // namespace

std::unique_ptr<OpenedCheckpoint> OpenDescribed(const std::filesystem::path& path,
                                                const ImportOptions& options) {
  return std::make_unique<OpenedDescription>(path, options);
}

}  // namespace statestone::walk
