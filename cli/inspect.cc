// statestone inspect: what is in a file.
#include <fmt/format.h>

#include <optional>
#include <string>

#include "cli/command.h"
#include "cli/error_report.h"
#include "cli/exit_status.h"
#include "cli/inspect/build_tree.h"
#include "cli/inspect/catalog.h"
#include "cli/inspect/fold.h"
#include "cli/inspect/inspect_json.h"
#include "cli/inspect/listing.h"
#include "cli/inspect/model_detail.h"
#include "cli/inspect/records.h"
#include "cli/inspect/summary.h"
#include "cli/inspect/tensor_detail.h"
#include "statestone/display.h"

namespace statestone::cli {
namespace {

class Inspect final : public Command {
 public:
  std::string_view name() const override { return "inspect"; }
  std::string_view summary() const override { return "Show what is in a file"; }
  std::string_view examples() const override {
    return "On a terminal a tree, repeated layers shown once. A size with ~ is an average over\n"
           "repeated layers, or a small tensor's part of what is packed together. \"= PATH\" marks "
           "a\n"
           "tensor that is tied to the one at PATH: they share their bytes.\n"
           "\n"
           "Into a pipe or a file, one line for each tensor, value and attachment: full path, "
           "type,\n"
           "shape, bytes, stored bytes, coding, flags, and the value or what it is tied to. A tab\n"
           "stands between the eight, and - where there is nothing to say.\n"
           "\n"
           "The index alone is read and checked: `statestone verify` reads the rest.\n"
           "\n"
           "Examples:\n"
           "  statestone inspect run.stone\n"
           "  statestone inspect run.stone model/fc.weight\n"
           "  statestone inspect run.stone | grep attn | cut -f 1,3\n"
           "  statestone inspect --json run.stone | jq '.tensors[].path'\n";
  }
  bool stops_on_request() const override { return false; }

  void AddOptions(CLI::App& app) override {
    app.add_option("FILE", file_, "The .stone file")->required()->type_name("");
    app.add_option("PATH", path_, "Only this entry, module, value or tensor, in more detail")
        ->type_name("");
    app.add_flag("-a,--all", all_, "Fold and shorten nothing");
    AddGenerationOption(app, generation_);
    app.add_option("--depth", depth_, "Levels to show below the entries")
        ->type_name("N")
        ->check(CLI::Range(0, 1000000).description(""));
    auto* tree = app.add_flag("--tree", tree_, "A tree, also when this is no terminal");
    app.add_flag("--list", list_, "On a terminal, full paths instead of a tree")->excludes(tree);
  }

  int Run(const Context& context) override {
    ReadOptions options;
    options.generation = generation_;
    options.threads = context.options.threads;
    const Catalog catalog(Reader::Open(file_, options));
    if (context.options.json) {
      context.out.Write(JsonText(path_.empty() ? FileJson(file_, catalog) : PathJson(catalog)));
      return kExitFine;
    }
    const Screen screen = LookAtScreen(context.out.fd(), context.options.color);
    const Form form = tree_              ? Form::kTree
                      : !screen.terminal ? Form::kRecords
                      : list_            ? Form::kList
                                         : Form::kTree;
    TreeOptions tree_options;
    tree_options.every_item = all_;
    tree_options.unicode = form == Form::kTree && screen.unicode;
    Node file = BuildTree(catalog, tree_options);
    if (!path_.empty()) return ShowPath(catalog, file, form, screen, context.out);
    Shorten(file, form);
    if (form != Form::kRecords) {
      context.out.Write(SummaryText(file_, catalog, screen));
      context.out.Write("\n");
    }
    if (!file.children.empty()) WriteBelow(file, catalog, form, screen, context.out);
    return kExitFine;
  }

 private:
  enum class Form { kTree, kList, kRecords };

  void Shorten(Node& node, Form form) const {
    if (form != Form::kTree || all_) return;
    FoldRepeats(node);
    JoinSmallModules(node);
  }

  void WriteBelow(const Node& top, const Catalog& catalog, Form form, const Screen& screen,
                  Output& out) const {
    ListingOptions options;
    options.tree = form == Form::kTree;
    if (depth_) options.depth = *depth_;
    if (form == Form::kRecords) return WriteRecords(top, catalog, options.depth, out);
    WriteListing(top, {}, options, screen, out);
  }

  Error NotFound() const {
    return {ErrorCode::kNotFound,
            {.path = file_,
             .entry = path_,
             .problem = "nothing in the file has this path",
             .advice = "`statestone inspect FILE --list` prints all paths"}};
  }

  int ShowPath(const Catalog& catalog, Node& file, Form form, const Screen& screen,
               Output& out) const {
    Node* node = const_cast<Node*>(FindNode(file, path_));
    if (node == nullptr) throw NotFound();
    if (node->kind == NodeKind::kTensor) {
      constexpr std::size_t kFewChunks = 16;
      const bool all_chunks = all_ || form != Form::kTree;
      WriteTensorDetail(catalog, {node->tensor}, all_chunks ? ~std::size_t{0} : kFewChunks, screen,
                        out);
      return kExitFine;
    }
    if (node->kind == NodeKind::kModel && form != Form::kRecords) {
      const std::string name = SplitDisplayPath(path_).front();
      WriteModelDetail(catalog.reader().ReadModel(name), path_, screen, out);
    }
    Shorten(*node, form);
    // A parent of its own, so that the node has a line with its sums.
    Node parent;
    parent.children.push_back(std::make_unique<Node>(std::move(*node)));
    Node& top = *parent.children.back();
    top.label = path_;
    top.joint = '\0';
    WriteBelow(parent, catalog, form, screen, out);
    return kExitFine;
  }

  nlohmann::ordered_json PathJson(const Catalog& catalog) const {
    if (const auto tensor = catalog.reader().FindTensor(path_)) {
      return {{"path", path_}, {"tensor", TensorDetailJson(catalog, *tensor)}};
    }
    const Node file = BuildTree(catalog, {.every_item = true});
    const Node* node = FindNode(file, path_);
    if (node == nullptr) throw NotFound();
    nlohmann::ordered_json json = {{"path", path_}, {"tensors", nlohmann::ordered_json::array()}};
    for (const auto& entry : file.children) {
      if (entry.get() != node) continue;
      const std::string name = SplitDisplayPath(path_).front();
      json["entry"] =
          EntryJson(catalog.reader().entry(*catalog.reader().FindEntry(name)), catalog.reader());
    }
    AddTensors(catalog, *node, json["tensors"]);
    return json;
  }

  // NOLINTNEXTLINE(misc-no-recursion): depth is limited where trees are made
  static void AddTensors(const Catalog& catalog, const Node& node, nlohmann::ordered_json& list) {
    if (node.kind == NodeKind::kTensor) list.push_back(TensorJson(catalog, {node.tensor}));
    for (const auto& child : node.children) AddTensors(catalog, *child, list);
  }

  std::string file_;
  std::string path_;
  std::uint64_t generation_ = 0;
  bool all_ = false;
  bool tree_ = false;
  bool list_ = false;
  std::optional<std::size_t> depth_;
};

}  // namespace

std::unique_ptr<Command> MakeInspect() { return std::make_unique<Inspect>(); }

}  // namespace statestone::cli
