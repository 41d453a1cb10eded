#include "cli/inspect/build_tree.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <unordered_map>
#include <utility>

#include "cli/inspect/value_text.h"
#include "statestone/display.h"
#include "statestone/optimizer_state.h"

namespace statestone::cli {
namespace {

// Names of more parts keep the rest in one label: a name may have 65536 bytes, a tree must not be
// that deep.
constexpr std::size_t kMostParts = 32;

class TreeBuilder {
 public:
  TreeBuilder(const Catalog& catalog, const TreeOptions& options)
      : catalog_(catalog), options_(options), reader_(catalog.reader()) {}

  Node Build() {
    Node file;
    file.kind = NodeKind::kFile;
    for (std::size_t i = 0; i < reader_.entry_count(); ++i) {
      const EntryInfo entry = reader_.entry(i);
      auto node = std::make_unique<Node>();
      node->joint = '\0';
      node->label = EscapePathComponent(entry.name);
      FillEntry(*node, entry);
      if (entry.name.empty()) {
        for (auto& child : node->children) child->joint = '\0';
      }
      file.children.push_back(std::move(node));
    }
    AddUp(file);
    return file;
  }

 private:
  void FillEntry(Node& node, const EntryInfo& entry) {
    if (!entry.known) {
      node.kind = NodeKind::kUnknown;
      node.type = "unknown";
      node.text = fmt::format("kind {}, written by a newer version", static_cast<int>(entry.kind));
      return;
    }
    switch (entry.kind) {
      case EntryKind::kValue:
        return FillValue(node, reader_.ReadValue(entry.name));
      case EntryKind::kModel:
        return FillModel(node, reader_.ReadModel(entry.name));
      case EntryKind::kAttachment:
        return FillAttachment(node, reader_.attachment(entry.name));
    }
  }

  void FillModel(Node& node, const ModelInfo& model) {
    node.kind = NodeKind::kModel;
    node.type = "model";
    std::string flags;
    const auto add = [&flags](std::string_view text) {
      if (text.empty()) return;
      if (!flags.empty()) flags += ' ';
      flags += text;
    };
    if (model.training == TrainingMode::kTrain) add("train");
    if (model.training == TrainingMode::kEval) add("eval");
    add(EscapeForDisplay(model.architecture));
    add(EscapeForDisplay(model.architecture_version));
    node.flags = std::move(flags);
    FillScope(node, model.scope);
  }

  void FillAttachment(Node& node, const AttachmentInfo& attachment) {
    node.kind = NodeKind::kAttachment;
    node.type = "attached";
    node.text = EscapeForDisplay(attachment.media_type);
    node.logical_bytes = attachment.bytes;
    const StorageInfo storage = reader_.storage(attachment.storage);
    node.stored_bytes = static_cast<double>(storage.stored_bytes);
    node.codings =
        static_cast<std::uint8_t>(!storage.readable                       ? Coding::kUnknown
                                  : storage.layout == StorageLayout::kRaw ? Coding::kRaw
                                                                          : Coding::kPlanes);
  }

  // NOLINTNEXTLINE(misc-no-recursion): values are at most 64 deep
  void FillValue(Node& node, const Value& value) {
    node.type = TypeText(value);
    switch (value.kind()) {
      case ValueKind::kTensor:
        return FillTensor(node, value.AsTensor());
      case ValueKind::kTensorDict:
      case ValueKind::kOrderedTensorDict:
        node.kind = NodeKind::kContainer;
        return FillScope(node, value.AsScope());
      default:
        break;
    }
    if (value.kind() > ValueKind::kFrozenSet) node.kind = NodeKind::kUnknown;
    if (!Unfolds(value)) {
      if (node.kind != NodeKind::kUnknown) node.kind = NodeKind::kValue;
      node.text = ValueText(value, options_.value_columns);
      return;
    }
    node.kind = NodeKind::kContainer;
    node.text =
        fmt::format("{} item{}", value.items().size(), value.items().size() == 1 ? "" : "s");
    const std::size_t said = FillMeaning(node, value);
    for (std::size_t i = said; i < value.items().size(); ++i) {
      auto child = std::make_unique<Node>();
      child->label = value.keys().empty() ? std::to_string(i) : KeyComponent(value.keys()[i]);
      FillValue(*child, value.items()[i]);
      node.children.push_back(std::move(child));
    }
  }

  // Says of a tagged map what it stands for; how many of its items that covers.
  std::size_t FillMeaning(Node& node, const Value& value) const {
    if (const auto optimizer = ReadOptimizerState(value, MembersIn(reader_))) {
      node.type = "optimizer";
      node.flags = NameOr(optimizer->algorithm, "class not known");
      if (!optimizer->model.empty()) node.flags += " of " + EscapeForDisplay(optimizer->model);
      return 3;
    }
    if (const auto scheduler = ReadSchedulerState(value)) {
      node.type = "scheduler";
      node.text = NameOr(scheduler->algorithm, "class not known");
      if (!scheduler->optimizer.empty())
        node.text += " of " + EscapeForDisplay(scheduler->optimizer);
      return 3;
    }
    return 0;
  }

  static std::string NameOr(const std::string& name, std::string_view otherwise) {
    return name.empty() ? std::string(otherwise) : EscapeForDisplay(name);
  }

  bool Unfolds(const Value& value) const {
    if (value.items().empty()) return false;
    if (options_.every_item || HoldsTensors(value)) return true;
    const bool plain_list =
        value.keys().empty() && std::all_of(value.items().begin(), value.items().end(),
                                            [](const Value& item) { return item.items().empty(); });
    return !plain_list && ValueText(value, options_.value_columns).size() > options_.value_columns;
  }

  void FillTensor(Node& node, TensorRef tensor) {
    const TensorInfo info = catalog_.tensor(tensor);
    const TensorShare& share = catalog_.share(tensor);
    node.kind = NodeKind::kTensor;
    node.tensor = tensor.index;
    node.type = DTypeText(info);
    node.text = ShapeText(info.shape, options_.unicode ? " × " : " x ");
    node.tensors = 1;
    node.logical_bytes = share.logical_bytes;
    node.stored_bytes = share.stored_bytes;
    node.estimated = share.estimated;
    node.codings = static_cast<std::uint8_t>(share.coding);
    node.flags = info.kind == TensorKind::kParameter ? "param"
                 : info.kind == TensorKind::kBuffer  ? "buffer"
                                                     : "";
    const auto add = [&node](std::string_view text) {
      if (!node.flags.empty()) node.flags += ' ';
      node.flags += text;
    };
    if (info.kind == TensorKind::kParameter && !info.requires_grad) add("frozen");
    if (info.kind != TensorKind::kParameter && info.requires_grad) add("grad");
    if (!info.strides.empty()) add("strided");
    if (share.tied_to == TensorShare::kNone) return;
    node.tied = true;
    if (share.tied_to != tensor.index) node.tied_to = reader_.DisplayPaths()[share.tied_to];
  }

  // The parts of the names between dots become modules, each where its first tensor stands.
  void FillScope(Node& scope, ScopeRef ref) {
    std::unordered_map<std::string_view, Node*> modules;
    for (const TensorRef tensor : reader_.Tensors(ref)) {
      const std::string_view name = catalog_.tensor(tensor).name;
      Node* parent = &scope;
      std::size_t begin = 0;
      for (std::size_t part = 1; part < kMostParts; ++part) {
        const std::size_t dot = name.find('.', begin);
        if (dot == std::string_view::npos) break;
        const auto [module, added] = modules.try_emplace(name.substr(0, dot), nullptr);
        if (added) {
          module->second = AddChild(*parent, name.substr(begin, dot - begin), begin != 0);
        }
        parent = module->second;
        begin = dot + 1;
      }
      FillTensor(*AddChild(*parent, name.substr(begin), begin != 0), tensor);
    }
  }

  static Node* AddChild(Node& parent, std::string_view label, bool in_module) {
    auto child = std::make_unique<Node>();
    child->joint = in_module ? '.' : '/';
    child->label = EscapePathComponent(label);
    parent.children.push_back(std::move(child));
    return parent.children.back().get();
  }

  const Catalog& catalog_;
  const TreeOptions& options_;
  const Reader& reader_;
};

}  // namespace

Node BuildTree(const Catalog& catalog, const TreeOptions& options) {
  return TreeBuilder(catalog, options).Build();
}

}  // namespace statestone::cli
