// statestone append: adds a generation to a file.
#include "statestone/append.h"

#include <fmt/format.h>

#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "cli/command.h"
#include "cli/error_report.h"
#include "cli/exit_status.h"
#include "cli/generations/append_options.h"
#include "cli/generations/growth.h"
#include "cli/generations/plain_value.h"
#include "cli/terminal/progress_bar.h"
#include "codec/file/byte_source.h"
#include "statestone/import.h"

namespace statestone::cli {
namespace {

// What stands before and behind the first "=".
std::pair<std::string, std::string> SplitPair(const std::string& text, const char* option) {
  const std::size_t at = text.find('=');
  if (at != std::string::npos && at != 0) return {text.substr(0, at), text.substr(at + 1)};
  throw Error(
      ErrorCode::kInvalidArgument,
      {.problem = std::string(option) + " needs a name", .expected = "NAME=...", .found = text});
}

class Append final : public Command {
 public:
  std::string_view name() const override { return "append"; }
  std::string_view summary() const override { return "Add to a .stone file, or replace entries"; }
  std::string_view examples() const override {
    return "Adds a generation to FILE: what did not change is not written again, and earlier\n"
           "generations stay (`statestone log`). If anything fails, FILE is as it was.\n"
           "SRC is a checkpoint of any kind that convert reads; its entries are added under\n"
           "their names, and take the place of those that have these names.\n"
           "\n"
           "Examples:\n"
           "  statestone append run.stone step2000.pt\n"
           "  statestone append run.stone ema.safetensors --as ema\n"
           "  statestone append resnet50.stone --root-as model --set source=imagenet\n"
           "  statestone append run.stone --set epoch=12 --set 'config={\"width\": 128}'\n"
           "  statestone append run.stone --attach tokenizer=tokenizer.json --remove scratch\n";
  }

  void AddOptions(CLI::App& app) override {
    app.add_option("FILE", file_, "The .stone file to add to")->required()->type_name("");
    auto* source = app.add_option("SRC", source_, "A checkpoint whose entries are added");
    source->type_name("");
    app.add_option("--as", root_name_,
                   "Name for SRC's tensors where it is one dict; its file name if left out")
        ->type_name("NAME")
        ->needs(source);
    app.add_option("--root-as", own_root_name_,
                   "Name for what FILE holds, where that is one dict without a name")
        ->type_name("NAME");
    app.add_option("--set", values_, "Set a plain value: JSON, or text where it is no JSON")
        ->type_name("NAME=VALUE")
        ->allow_extra_args(false);
    app.add_option("--attach", attachments_, "Add the bytes of a file as an attachment")
        ->type_name("NAME=FILE")
        ->allow_extra_args(false);
    app.add_option("--remove", removed_, "Leave an entry out from now on")
        ->type_name("NAME")
        ->allow_extra_args(false);
    app.add_flag("--no-wait", no_wait_, "Fail if another program changes FILE, do not wait for it");
  }

  int Run(const Context& context) override {
    if (source_.empty() && values_.empty() && attachments_.empty() && removed_.empty()) {
      throw Error(
          ErrorCode::kInvalidArgument,
          {.problem = "there is nothing to append",
           .advice = "give SRC, --set, --attach or --remove; see `statestone append --help`"});
    }
    ProgressBar bar("append " + std::filesystem::path(file_).filename().string(),
                    context.options.quiet);
    AppendOptions options = OptionsFor(file_, no_wait_, context);
    options.write.progress = bar.Callback();
    AppendSummary summary;
    try {
      summary = AppendAll(options);
    } catch (const Error& error) {
      throw LeftAsItWas(error, file_);
    }
    bar.Clear();
    WriteGrowth(file_, summary, context);
    return kExitFine;
  }

 private:
  AppendSummary AppendAll(const AppendOptions& options) {
    Appender appender = Appender::Open(file_, options);
    NameRoot(appender);
    for (const std::string& name : removed_) appender.RemoveEntry(name);
    ImportedCheckpoint imported;
    if (!source_.empty()) {
      imported =
          ImportCheckpoint(source_, {.threads = options.write.threads, .stop = options.write.stop});
      appender.PutEntriesOf(
          imported.checkpoint,
          root_name_.empty() ? std::filesystem::path(source_).stem().string() : root_name_);
    }
    for (const std::string& text : values_) {
      auto [name, value] = SplitPair(text, "--set");
      appender.PutValue(std::move(name), PlainValue(value));
    }
    for (const std::string& text : attachments_) Attach(appender, text);
    return appender.Finish();
  }

  // What a file holds under the empty name is its only entry.
  void NameRoot(Appender& appender) const {
    if (!own_root_name_.empty()) return appender.RenameEntry("", own_root_name_);
    const bool adds = !source_.empty() || !values_.empty() || !attachments_.empty();
    if (!adds || !appender.before().FindEntry("")) return;
    throw Error(ErrorCode::kInvalidArgument,
                {.path = file_,
                 .problem = "the file is one dict without a name, beside which nothing can stand",
                 .advice = "name it in the same step: --root-as model"});
  }

  static void Attach(Appender& appender, const std::string& text) {
    auto [name, path] = SplitPair(text, "--attach");
    const std::shared_ptr<file::ByteSource> bytes = file::OpenPositioned(path);
    appender.PutAttachment(
        std::move(name),
        {.bytes = bytes->size(), .pieces = [bytes](std::uint64_t offset, std::span<std::byte> out) {
           bytes->Read(offset, out);
         }});
  }

  std::string file_;
  std::string source_;
  std::string root_name_;
  std::string own_root_name_;
  std::vector<std::string> values_;
  std::vector<std::string> attachments_;
  std::vector<std::string> removed_;
  bool no_wait_ = false;
};

}  // namespace

std::unique_ptr<Command> MakeAppend() { return std::make_unique<Append>(); }

}  // namespace statestone::cli
