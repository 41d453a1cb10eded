// statestone textconv: a file as lines that `git diff` can compare, from its index alone.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <fstream>
#include <string>
#include <vector>

#include "cli/command.h"
#include "cli/exit_status.h"
#include "cli/inspect/chunk_column.h"
#include "cli/inspect/value_text.h"
#include "codec/bytes/hash.h"
#include "statestone/display.h"
#include "statestone/import.h"
#include "statestone/reader.h"

namespace statestone::cli {
namespace {

constexpr std::size_t kValueColumns = 200;

class Lines {
 public:
  Lines(const Reader& reader, Output& out) : reader_(reader), out_(out) {}

  void Write() {
    for (std::size_t i = 0; i < reader_.entry_count(); ++i) WriteEntry(reader_.entry(i));
  }

 private:
  void WriteEntry(const EntryInfo& entry) {
    const std::string path = EscapePathComponent(entry.name);
    if (!entry.known) {
      out_.Write(path + ": of a newer version\n");
    } else if (entry.kind == EntryKind::kAttachment) {
      const AttachmentInfo info = reader_.attachment(entry.name);
      out_.Write(fmt::format("{}: attachment of {} bytes {} {}\n", path, info.bytes,
                             EscapeForDisplay(info.media_type),
                             SumText(info.storage, 0, info.bytes)));
    } else if (entry.kind == EntryKind::kModel) {
      WriteModel(path, reader_.ReadModel(entry.name));
    } else {
      WriteValue(path, reader_.ReadValue(entry.name));
    }
  }

  void WriteModel(const std::string& path, const ModelInfo& model) {
    out_.Write(fmt::format("{}: model {} {}\n", path, EscapeForDisplay(model.architecture),
                           EscapeForDisplay(model.architecture_version)));
    if (!model.config.is_null()) WriteValue(path + "/\\#config", model.config);
    WriteScope(model.scope);
  }

  // NOLINTNEXTLINE(misc-no-recursion): values are at most 64 deep
  void WriteValue(const std::string& path, const Value& value) {
    if (value.kind() == ValueKind::kTensor) return WriteTensor(value.AsTensor());
    if (value.kind() == ValueKind::kTensorDict || value.kind() == ValueKind::kOrderedTensorDict) {
      return WriteScope(value.AsScope());
    }
    const bool plain_list = value.keys().empty() && !HoldsTensors(value);
    if (value.items().empty() || plain_list) {
      out_.Write(
          fmt::format("{}: {} {}\n", path, TypeText(value), ValueText(value, kValueColumns)));
      return;
    }
    for (std::size_t i = 0; i < value.items().size(); ++i) {
      const std::string part =
          value.keys().empty() ? std::to_string(i) : KeyComponent(value.keys()[i]);
      WriteValue(path.empty() ? part : std::string(path).append("/").append(part),
                 value.items()[i]);
    }
  }

  void WriteScope(ScopeRef scope) {
    for (const TensorRef tensor : reader_.Tensors(scope)) WriteTensor(tensor);
  }

  void WriteTensor(TensorRef tensor) {
    const TensorInfo info = reader_.tensor(tensor);
    out_.Write(fmt::format("{}: {} [{}] {}\n", reader_.DisplayPaths()[tensor.index],
                           EscapeForDisplay(info.dtype_name), fmt::join(info.shape, ", "),
                           SumText(info.storage, info.offset, info.extent_bytes)));
  }

  // One sum of the decoded bytes of all chunks that the extent lies in, and of its place in them.
  std::string SumText(std::uint32_t storage, std::uint64_t begin, std::uint64_t bytes) {
    if (bytes == 0) return "empty";
    const StorageInfo info = reader_.storage(storage);
    std::vector<std::uint64_t> sums = {begin % info.chunk_bytes};
    for (const ChunkRow& chunk : ChunksOf(reader_, info, begin, bytes)) {
      sums.push_back(chunk.decoded_sum);
    }
    return fmt::format("{:016x}", bytes::Xxh3(std::as_bytes(std::span(sums))));
  }

  const Reader& reader_;
  Output& out_;
};

class Textconv final : public Command {
 public:
  std::string_view name() const override { return "textconv"; }
  std::string_view summary() const override { return "Print a file as lines, for `git diff`"; }
  std::string_view examples() const override {
    return "A line for each value, and for each tensor its type, shape and a sum of what it "
           "holds,\n"
           "all from the index: nothing is decoded. Small tensors that the file packs together\n"
           "change their sums together. A file of another kind is printed as it is.\n"
           "\n"
           "Examples:\n"
           "  statestone textconv run.stone\n"
           "  git config diff.stone.textconv 'statestone textconv'\n"
           "  echo '*.stone diff=stone' >> .gitattributes\n";
  }
  bool stops_on_request() const override { return false; }

  void AddOptions(CLI::App& app) override {
    app.add_option("FILE", file_, "The .stone file")->required()->type_name("");
  }

  int Run(const Context& context) override {
    // What stands in for a large file in a repository is text, and its change is worth seeing.
    if (RecognizeFile(file_) != FileKind::kStone) {
      WriteAsItIs(context.out);
      return kExitFine;
    }
    Lines(Reader::Open(file_), context.out).Write();
    return kExitFine;
  }

 private:
  void WriteAsItIs(Output& out) const {
    std::ifstream file(file_, std::ios::binary);
    std::string piece(std::size_t{1} << 16, '\0');
    while (file.read(piece.data(), static_cast<std::streamsize>(piece.size())), file.gcount() > 0) {
      out.Write(std::string_view(piece).substr(0, static_cast<std::size_t>(file.gcount())));
    }
  }

  std::string file_;
};

}  // namespace

std::unique_ptr<Command> MakeTextconv() { return std::make_unique<Textconv>(); }

}  // namespace statestone::cli
