#include "cli/inspect/fold.h"

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <optional>
#include <utility>

namespace statestone::cli {
namespace {

// Fewer layers that differ in their shapes are shown one by one: their shapes are of interest.
constexpr std::size_t kFewestVarious = 8;

// A label that is a number: of a list, of a Sequential, or an integer key of a map.
std::optional<std::uint64_t> NumberOf(const Node& node) {
  std::string_view label = node.label;
  if (label.starts_with("\\#")) label.remove_prefix(2);
  if (label.empty() || (label.size() > 1 && label.front() == '0')) return std::nullopt;
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(label.data(), label.data() + label.size(), number);
  if (error != std::errc() || end != label.data() + label.size()) return std::nullopt;
  return number;
}

enum class Match { kExact, kVarious };

// NOLINTNEXTLINE(misc-no-recursion): depth is limited where trees are made
bool LooksSame(const Node& a, const Node& b, Match match) {
  if (a.kind != b.kind || a.type != b.type || a.repeats != b.repeats || a.tied != b.tied ||
      a.children.size() != b.children.size()) {
    return false;
  }
  if (match == Match::kExact && (a.text != b.text || a.various != b.various)) return false;
  // Not compared: which tensor a tied one names, for that is another in each layer.
  if (a.flags != b.flags) return false;
  for (std::size_t i = 0; i < a.children.size(); ++i) {
    if (a.children[i]->label != b.children[i]->label) return false;
    if (!LooksSame(*a.children[i], *b.children[i], match)) return false;
  }
  return true;
}

// Adds the sums of `from`, which looks like `into`, to it.
void Merge(Node& into, const Node& from) {  // NOLINT(misc-no-recursion)
  into.tensors += from.tensors;
  into.logical_bytes += from.logical_bytes;
  into.stored_bytes += from.stored_bytes;
  into.estimated |= from.estimated;
  into.codings |= from.codings;
  into.various |= from.various || into.text != from.text;
  for (std::size_t i = 0; i < into.children.size(); ++i) {
    Merge(*into.children[i], *from.children[i]);
  }
}

// Where a run that starts at `begin` ends: consecutive numbers, each like the one before.
std::size_t RunEnd(const NodeList& nodes, std::size_t begin, std::size_t limit, Match match) {
  auto number = NumberOf(*nodes[begin]);
  std::size_t end = begin + 1;
  while (number && end < limit && nodes[end]->joint == nodes[begin]->joint &&
         NumberOf(*nodes[end]) == *number + 1 && LooksSame(*nodes[end - 1], *nodes[end], match)) {
    ++*number;
    ++end;
  }
  return end;
}

std::unique_ptr<Node> FoldRun(NodeList& nodes, std::size_t begin, std::size_t end) {
  auto folded = std::move(nodes[begin]);
  if (end - begin == 1) return folded;
  for (std::size_t i = begin + 1; i < end; ++i) Merge(*folded, *nodes[i]);
  std::string_view last = nodes[end - 1]->label;
  if (last.starts_with("\\#")) last.remove_prefix(2);
  folded->label.append("..").append(last);
  folded->repeats = end - begin;
  return folded;
}

// A run alike but for shapes: folded whole if folding its equal parts would leave too many.
void AppendRun(NodeList& nodes, std::size_t begin, std::size_t end, NodeList& out) {
  std::vector<std::size_t> ends;
  for (std::size_t at = begin; at < end; at = ends.back()) {
    ends.push_back(RunEnd(nodes, at, end, Match::kExact));
  }
  const std::size_t length = end - begin;
  if (length >= kFewestVarious && ends.size() > 2 && ends.size() > length / 4) {
    out.push_back(FoldRun(nodes, begin, end));
    return;
  }
  for (const std::size_t part_end : ends) {
    out.push_back(FoldRun(nodes, begin, part_end));
    begin = part_end;
  }
}

bool IsSmallModule(const Node& node) {
  if (node.kind != NodeKind::kModule || node.repeats != 1 || node.children.size() > 2) return false;
  for (const auto& child : node.children) {
    if (child->kind != NodeKind::kTensor || child->repeats != 1) return false;
  }
  return true;
}

}  // namespace

void FoldRepeats(Node& node) {  // NOLINT(misc-no-recursion)
  for (const auto& child : node.children) FoldRepeats(*child);
  NodeList folded;
  for (std::size_t begin = 0; begin < node.children.size();) {
    const std::size_t end = RunEnd(node.children, begin, node.children.size(), Match::kVarious);
    AppendRun(node.children, begin, end, folded);
    begin = end;
  }
  node.children = std::move(folded);
}

void JoinSmallModules(Node& node) {  // NOLINT(misc-no-recursion)
  for (const auto& child : node.children) JoinSmallModules(*child);
  NodeList joined;
  for (auto& child : node.children) {
    const bool only =
        child->kind == NodeKind::kModule && child->repeats == 1 && child->children.size() == 1;
    if (!only && !IsSmallModule(*child)) {
      joined.push_back(std::move(child));
      continue;
    }
    for (auto& grandchild : child->children) {
      grandchild->label = PathOf(child->label, *grandchild);
      grandchild->joint = child->joint;
      joined.push_back(std::move(grandchild));
    }
  }
  node.children = std::move(joined);
}

}  // namespace statestone::cli
