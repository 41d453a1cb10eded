// A .stone file by its Reader: each piece checked and decoded by the thread that asks for it.
#include <utility>

#include "interop/walk/opened_checkpoint.h"
#include "statestone/display.h"
#include "statestone/reader.h"

namespace statestone::walk {
namespace {

Error FromTheFuture(std::string entry, std::string found) {
  return {ErrorCode::kUnsupported,
          {.entry = std::move(entry),
           .problem = "this version cannot read it",
           .found = std::move(found),
           .advice = "the file was written by a newer version: update this program"}};
}

// Workers ask for pieces; a piece is not divided among threads once more.
ReadOptions OneThread(const ImportOptions& options) {
  ReadOptions read;
  read.threads = 1;
  read.stop = options.stop;
  return read;
}

class OpenedStone final : public OpenedCheckpoint {
 public:
  OpenedStone(const std::filesystem::path& path, const ImportOptions& options)
      : reader_(Reader::Open(path, OneThread(options))) {
    path_ = path.string();
    kind_ = FileKind::kStone;
    file_bytes_ = reader_.file_bytes();
    paths_ = reader_.DisplayPaths();
    std::vector<char> listed(reader_.tensor_count(), 0);
    for (std::uint32_t scope = 0; scope < reader_.scope_count(); ++scope) {
      for (const TensorRef tensor : reader_.Tensors({scope})) {
        if (std::exchange(listed[tensor.index], 1) == 0) AddTensor(tensor);
      }
    }
    for (std::uint32_t i = 0; i < listed.size(); ++i) {
      if (listed[i] == 0) AddTensor({i});
    }
    for (std::size_t i = 0; i < reader_.entry_count(); ++i) AddEntry(reader_.entry(i));
  }

  bool ReadsAnywhere(std::uint32_t) const override { return true; }

  std::optional<std::span<const std::byte>> InPlace(std::uint32_t, std::uint64_t,
                                                    std::uint64_t) const override {
    return std::nullopt;
  }

  void Read(std::span<const TensorPiece> pieces) const override {
    std::vector<ReadRequest> whole;
    for (const TensorPiece& piece : pieces) {
      const OpenedTensor& tensor = tensors_[piece.tensor];
      const std::uint32_t source = sources_[piece.tensor];
      if (tensor.attachment) {
        ReadRange(source, piece.offset, tensor.path, piece.out);
      } else if (piece.out.size() == tensor.bytes) {
        whole.push_back({{source}, piece.out});
      } else {
        const TensorInfo info = reader_.tensor({source});
        ReadRange(info.storage, info.offset + piece.offset, tensor.path, piece.out);
      }
    }
    if (!whole.empty()) reader_.ReadMany(whole);
  }

 private:
  void ReadRange(std::uint32_t storage, std::uint64_t offset, const std::string& entry,
                 std::span<std::byte> out) const {
    try {
      reader_.ReadStorageRange(storage, offset, out);
    } catch (const Error& error) {
      ErrorFields fields = error.fields();
      fields.entry = entry;
      throw Error(error.code(), std::move(fields));
    }
  }

  void SetPlace(OpenedTensor& tensor, std::uint32_t storage, std::uint64_t offset) const {
    const StorageInfo info = reader_.storage(storage);
    tensor.position = (std::uint64_t{info.first_chunk} << 32) + offset / info.chunk_bytes;
    tensor.granule = info.chunk_bytes;
    const std::uint64_t skipped = offset % info.chunk_bytes;
    tensor.first_granule = skipped == 0 ? 0 : info.chunk_bytes - skipped;
  }

  void AddTensor(TensorRef ref) {
    const TensorInfo info = reader_.tensor(ref);
    if (info.dtype == nullptr) {
      throw FromTheFuture(paths_[ref.index], "dtype " + std::string(info.dtype_name))
          .WithPath(path_);
    }
    OpenedTensor tensor{.path = paths_[ref.index],
                        .dtype = info.dtype->dtype,
                        .shape = {info.shape.begin(), info.shape.end()},
                        .bytes = info.bytes,
                        .kind = info.kind,
                        .requires_grad = info.requires_grad,
                        .tie_group = reader_.TieGroups()[ref.index]};
    if (info.bytes != 0) SetPlace(tensor, info.storage, info.offset);
    // Rows of a strided tensor lie all over its extent: it is read whole.
    if (!info.strides.empty()) {
      tensor.granule = info.bytes;
      tensor.first_granule = 0;
    }
    tensors_.push_back(std::move(tensor));
    sources_.push_back(ref.index);
  }

  void AddEntry(const EntryInfo& entry) {
    std::string name(entry.name);
    const std::string path = EscapePathComponent(name);
    if (!entry.known) throw FromTheFuture(path, "an entry of a newer kind").WithPath(path_);
    switch (entry.kind) {
      case EntryKind::kValue:
        entries_.push_back({std::move(name), reader_.ReadValue(entry.name)});
        break;
      case EntryKind::kModel: {
        ModelInfo info = reader_.ReadModel(entry.name);
        entries_.push_back({std::move(name), ModelSource{info.scope, std::move(info.architecture),
                                                         std::move(info.architecture_version),
                                                         std::move(info.config), info.training,
                                                         std::move(info.training_exceptions),
                                                         std::move(info.metadata)}});
        break;
      }
      case EntryKind::kAttachment: {
        const AttachmentInfo info = reader_.attachment(entry.name);
        OpenedTensor tensor{
            .path = path, .shape = {info.bytes}, .bytes = info.bytes, .attachment = true};
        if (info.bytes != 0) SetPlace(tensor, info.storage, 0);
        tensors_.push_back(std::move(tensor));
        sources_.push_back(info.storage);
        entries_.push_back({std::move(name),
                            AttachmentSource{.bytes = info.bytes, .media_type = info.media_type}});
        break;
      }
    }
  }

  const Reader reader_;
  std::vector<std::uint32_t> sources_;  // the tensor's, or the attachment's storage's number
};

}  // namespace

std::unique_ptr<OpenedCheckpoint> OpenStone(const std::filesystem::path& path,
                                            const ImportOptions& options) {
  return std::make_unique<OpenedStone>(path, options);
}

}  // namespace statestone::walk
