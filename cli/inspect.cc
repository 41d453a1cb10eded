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
    return "On a terminal a tree, repeated layers shown once; else a list with the full path of\n"
           "every tensor and value, so that grep finds them. The index alone is read and checked:\n"
           "`statestone verify` reads the rest. A size with ~ is an average over repeated layers,\n"
           "or a small tensor's part of what is packed together. \"= PATH\" marks a tensor that "
           "is\n"
           "tied to the one at PATH: they share their bytes.\n"
           "\n"
           "Examples:\n"
           "  statestone inspect run.stone\n"
           "  statestone inspect run.stone model/fc.weight\n"
           "  statestone inspect run.stone | grep attn\n"
           "  statestone inspect --json run.stone | jq '.tensors[].path'\n";
  }
  bool stops_on_request() const override { return false; }

  void AddOptions(CLI::App& app) override {
    app.add_option("FILE", file_, "The .stone file")->required()->type_name("");
    app.add_option("PATH", path_, "Only this entry, module, value or tensor, in more detail")
        ->type_name("");
    app.add_flag("-a,--all", all_, "Fold and shorten nothing");
    app.add_option("--depth", depth_, "Levels to show below the entries")
        ->type_name("N")
        ->check(CLI::Range(0, 1000000).description(""));
    auto* tree = app.add_flag("--tree", tree_, "A tree, also when this is no terminal");
    app.add_flag("--list", list_, "A list of full paths, also on a terminal")->excludes(tree);
  }

  int Run(const Context& context) override {
    ReadOptions options;
    options.threads = context.options.threads;
    const Catalog catalog(Reader::Open(file_, options));
    if (context.options.json) {
      context.out.Write(JsonText(path_.empty() ? FileJson(file_, catalog) : PathJson(catalog)));
      return kExitFine;
    }
    const Screen screen = LookAtScreen(context.out.fd(), context.options.color);
    const bool as_tree = tree_ || (screen.terminal && !list_);
    TreeOptions tree_options;
    tree_options.every_item = all_;
    tree_options.unicode = as_tree && screen.unicode;
    Node file = BuildTree(catalog, tree_options);
    if (!path_.empty()) return ShowPath(catalog, file, as_tree, screen, context.out);
    if (as_tree && !all_) Shorten(file);
    context.out.Write(SummaryText(file_, catalog, screen));
    context.out.Write("\n");
    if (!file.children.empty()) WriteListing(file, {}, Listing(as_tree), screen, context.out);
    return kExitFine;
  }

 private:
  static void Shorten(Node& node) {
    FoldRepeats(node);
    JoinSmallModules(node);
  }

  ListingOptions Listing(bool as_tree) const {
    ListingOptions options;
    options.tree = as_tree;
    if (depth_) options.depth = *depth_;
    return options;
  }

  Error NotFound() const {
    return {ErrorCode::kNotFound,
            {.path = file_,
             .entry = path_,
             .problem = "nothing in the file has this path",
             .advice = "`statestone inspect FILE --list` prints all paths"}};
  }

  int ShowPath(const Catalog& catalog, Node& file, bool as_tree, const Screen& screen,
               Output& out) const {
    Node* node = const_cast<Node*>(FindNode(file, path_));
    if (node == nullptr) throw NotFound();
    if (node->kind == NodeKind::kTensor) {
      constexpr std::size_t kFewChunks = 16;
      WriteTensorDetail(catalog, {node->tensor}, all_ || !as_tree ? ~std::size_t{0} : kFewChunks,
                        screen, out);
      return kExitFine;
    }
    if (node->kind == NodeKind::kModel) {
      const std::string name = SplitDisplayPath(path_).front();
      WriteModelDetail(catalog.reader().ReadModel(name), path_, screen, out);
    }
    if (as_tree && !all_) Shorten(*node);
    // A parent of its own, so that the node has a line with its sums.
    Node parent;
    parent.children.push_back(std::make_unique<Node>(std::move(*node)));
    Node& top = *parent.children.back();
    top.label = path_;
    top.joint = '\0';
    WriteListing(parent, {}, Listing(as_tree), screen, out);
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
  bool all_ = false;
  bool tree_ = false;
  bool list_ = false;
  std::optional<std::size_t> depth_;
};

}  // namespace

std::unique_ptr<Command> MakeInspect() { return std::make_unique<Inspect>(); }

}  // namespace statestone::cli
