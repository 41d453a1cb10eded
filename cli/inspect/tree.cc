#include "cli/inspect/tree.h"

namespace statestone::cli {

std::string PathOf(std::string_view parent_path, const Node& child) {
  std::string path(parent_path);
  if (child.joint != '\0') path += child.joint;
  path += child.label;
  return path;
}

void AddUp(Node& node) {  // NOLINT(misc-no-recursion): depth is limited where trees are made
  for (const auto& child : node.children) {
    AddUp(*child);
    node.tensors += child->tensors;
    node.logical_bytes += child->logical_bytes;
    node.stored_bytes += child->stored_bytes;
    node.estimated |= child->estimated;
    node.codings |= child->codings;
  }
}

// NOLINTNEXTLINE(misc-no-recursion)
static const Node* Find(const Node& node, const std::string& node_path, std::string_view path) {
  for (const auto& child : node.children) {
    const std::string child_path = PathOf(node_path, *child);
    if (child_path == path) return child.get();
    // A label may hold dots itself, so that a prefix is only a sign of where to look.
    const bool may_lead = path.size() > child_path.size() && path.starts_with(child_path) &&
                          (path[child_path.size()] == '/' || path[child_path.size()] == '.');
    if (!may_lead && !child_path.empty()) continue;
    if (const Node* found = Find(*child, child_path, path)) return found;
  }
  return nullptr;
}

const Node* FindNode(const Node& file, std::string_view path) { return Find(file, {}, path); }

}  // namespace statestone::cli
