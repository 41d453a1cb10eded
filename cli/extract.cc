// statestone extract: one tensor, attachment or the index, as a file of its own.
#include <fmt/format.h>

#include <filesystem>
#include <optional>
#include <string>
#include <system_error>
#include <vector>

#include "cli/command.h"
#include "cli/error_report.h"
#include "cli/exit_status.h"
#include "cli/extract/tensor_stream.h"
#include "cli/target_file.h"
#include "cli/terminal/progress_bar.h"
#include "interop/numpy/npy_header.h"
#include "statestone/display.h"
#include "statestone/reader.h"

namespace statestone::cli {
namespace {

using Json = nlohmann::ordered_json;

std::string NoteOf(const TensorInfo& info, const numpy::NpyType& type) {
  std::string note = fmt::format("NumPy has no {}: the file holds its bits as {}", info.dtype->name,
                                 type.descriptor == "<u2" ? "uint16" : "uint8");
  if (type.extra_pair) note += ", real and imaginary part in a last dimension of 2";
  return note;
}

class Extract final : public Command {
 public:
  std::string_view name() const override { return "extract"; }
  std::string_view summary() const override { return "Write one tensor as .npy, or an attachment"; }
  std::string_view examples() const override {
    return "Dtypes that NumPy lacks (bfloat16, float8, ...) are written as unsigned integers that\n"
           "hold their bits, which standard error and --json say.\n"
           "\n"
           "Examples:\n"
           "  statestone extract run.stone model/fc.weight -o weight.npy\n"
           "  statestone extract run.stone tokenizer.json -o tokenizer.json\n"
           "  statestone extract run.stone --index -o index.stoneindex\n"
           "  flatc --json --raw-binary schema/statestone.fbs -- index.stoneindex\n";
  }

  void AddOptions(CLI::App& app) override {
    app.add_option("FILE", file_, "The .stone file")->required()->type_name("");
    auto* path =
        app.add_option("PATH", path_, "The tensor or attachment, as `inspect` prints its path");
    path->type_name("");
    app.add_flag("--index", index_, "The file's index, a FlatBuffer, instead")->excludes(path);
    app.add_option("-o,--output", output_, "The file to write; - is standard output")
        ->required()
        ->type_name("OUT");
    app.add_flag("-f,--force", force_, "Replace OUT if there is such a file");
    AddGenerationOption(app, generation_);
  }

  int Run(const Context& context) override {
    CheckUsage(context);
    std::error_code ignored;
    const bool existed = std::filesystem::exists(output_, ignored);
    ProgressBar bar("extract " + (index_ ? file_ : path_), context.options.quiet);
    Json json = {{"path", file_}, {"output", output_}};
    std::string note;
    try {
      ReadOptions options;
      options.generation = generation_;
      options.threads = context.options.threads;
      options.stop = context.stop;
      note = Write(Reader::Open(file_, options), context, bar, json);
    } catch (const Error& error) {
      if (error.code() == ErrorCode::kCanceled) throw CanceledError(output_, existed);
      throw error.WithPath(file_);
    }
    bar.Clear();
    if (!note.empty()) ComplainLine(note);
    json["note"] = note.empty() ? Json() : Json(note);
    if (context.options.json) context.out.Write(JsonText(json));
    return kExitFine;
  }

 private:
  void CheckUsage(const Context& context) const {
    if (path_.empty() && !index_) {
      throw Error(ErrorCode::kInvalidArgument,
                  {.problem = "what to extract is missing",
                   .advice = "name a tensor or an attachment, or give --index"});
    }
    if (context.options.json && output_ == "-") {
      throw Error(
          ErrorCode::kInvalidArgument,
          {.problem = "--json and -o - both want standard output", .advice = "write to a file"});
    }
  }

  // Returns what the user should know of the result.
  std::string Write(const Reader& reader, const Context& context, ProgressBar& bar,
                    Json& json) const {
    if (index_) {
      TargetFile target(output_, force_, context.out);
      target.Write(reader.raw_index());
      target.Commit();
      json["bytes"] = reader.raw_index().size();
      return {};
    }
    json["entry"] = path_;
    if (const auto tensor = reader.FindTensor(path_)) {
      return WriteTensor(reader, *tensor, context, bar, json);
    }
    WriteAttachment(reader, context, bar, json);
    return {};
  }

  Sink SinkOf(TargetFile& target, std::uint64_t total, const Context& context,
              ProgressBar& bar) const {
    return [&target, &bar, total, stop = context.stop,
            done = std::uint64_t{0}](std::span<const std::byte> piece) mutable {
      if (stop.stop_requested()) throw Error(ErrorCode::kCanceled, {.problem = "canceled"});
      target.Write(piece);
      done += piece.size();
      bar.Update(done, total);
    };
  }

  std::string WriteTensor(const Reader& reader, TensorRef tensor, const Context& context,
                          ProgressBar& bar, Json& json) const {
    const TensorInfo info = reader.tensor(tensor);
    if (info.dtype == nullptr) {
      throw Error(ErrorCode::kUnsupported,
                  {.entry = path_,
                   .problem = "the tensor has a dtype that this version does not have",
                   .found = std::string(info.dtype_name),
                   .advice = "it was written by a newer version: update this program"});
    }
    const numpy::NpyType type = numpy::NpyTypeOf(info.dtype->dtype);
    std::vector<std::uint64_t> shape(info.shape.begin(), info.shape.end());
    if (type.extra_pair) shape.push_back(2);
    TargetFile target(output_, force_, context.out);
    target.Write(numpy::NpyHeader(type.descriptor, shape));
    StreamTensor(reader, tensor, SinkOf(target, info.bytes, context, bar));
    target.Commit();
    json["kind"] = "tensor";
    json["bytes"] = info.bytes;
    json["dtype"] = info.dtype_name;
    json["npy_descriptor"] = type.descriptor;
    json["shape"] = shape;
    json["bits_only"] = type.as_bytes;
    return type.as_bytes ? NoteOf(info, type) : std::string();
  }

  void WriteAttachment(const Reader& reader, const Context& context, ProgressBar& bar,
                       Json& json) const {
    const std::vector<std::string> parts = SplitDisplayPath(path_);
    const auto number = reader.FindEntry(parts.front());
    if (parts.size() != 1 || !number) {
      throw Error(ErrorCode::kNotFound, {.entry = path_,
                                         .problem = "no tensor or attachment has this path",
                                         .advice = "`statestone inspect` lists what is in it"});
    }
    if (reader.entry(*number).kind != EntryKind::kAttachment) {
      throw Error(ErrorCode::kInvalidArgument,
                  {.entry = path_,
                   .problem = "neither a tensor nor an attachment",
                   .advice = "`statestone inspect FILE PATH` shows what it is"});
    }
    const AttachmentInfo info = reader.attachment(parts.front());
    TargetFile target(output_, force_, context.out);
    StreamStorage(reader, info.storage, path_, SinkOf(target, info.bytes, context, bar));
    target.Commit();
    json["kind"] = "attachment";
    json["bytes"] = info.bytes;
    json["media_type"] = info.media_type;
  }

  std::string file_;
  std::string path_;
  std::string output_;
  std::uint64_t generation_ = 0;
  bool index_ = false;
  bool force_ = false;
};

}  // namespace

std::unique_ptr<Command> MakeExtract() { return std::make_unique<Extract>(); }

}  // namespace statestone::cli
