#include "cli/inspect/records.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <utility>

namespace statestone::cli {
namespace {

// Without the path, which alone may be empty: the root of a file has that path.
using Fields = std::array<std::string, 7>;

std::string Joined(std::string words) {
  std::replace(words.begin(), words.end(), ' ', ',');
  return words;
}

Fields FieldsOf(const Node& node, const Catalog& catalog) {
  const bool tensor = node.kind == NodeKind::kTensor;
  const bool inner = !node.children.empty();
  Fields fields;
  auto& [type, shape, bytes, stored, coding, flags, text] = fields;
  type = node.kind == NodeKind::kModule ? "module" : node.type;
  if (node.tensors != 0 || node.kind == NodeKind::kAttachment) {
    const std::uint64_t decoded = tensor ? catalog.tensor({node.tensor}).bytes : node.logical_bytes;
    bytes = std::to_string(decoded);
    stored = std::to_string(std::llround(node.stored_bytes));
    if (!inner) coding = Name(static_cast<Coding>(node.codings));
  }
  if (tensor) {
    shape = ShapeText(catalog.tensor({node.tensor}).shape, "x");
    flags = Joined(node.flags);
    if (!node.tied_to.empty()) text = "= " + node.tied_to;
  } else if (node.kind == NodeKind::kUnknown) {
    text = "written by a newer version";
  } else {
    text = node.text;
  }
  return fields;
}

class Records {
 public:
  Records(const Catalog& catalog, std::size_t depth, Output& out)
      : catalog_(catalog), depth_(depth), out_(out) {}

  // NOLINTNEXTLINE(misc-no-recursion): depth is limited where trees are made
  void WriteBelow(const Node& parent, const std::string& path, std::size_t level) {
    for (const auto& child : parent.children) {
      const std::string child_path = PathOf(path, *child);
      // The root of a file that is one unnamed entry is no level of its own.
      const bool unnamed = level == 0 && child->label.empty();
      if (!child->children.empty() && (unnamed || level < depth_)) {
        WriteBelow(*child, child_path, unnamed ? 0 : level + 1);
      } else {
        WriteOne(*child, child_path);
      }
    }
  }

 private:
  void WriteOne(const Node& node, const std::string& path) {
    std::string line = path;
    for (const std::string& field : FieldsOf(node, catalog_)) {
      line += '\t';
      line += field.empty() ? "-" : field;
    }
    out_.Write(line += '\n');
  }

  const Catalog& catalog_;
  std::size_t depth_;
  Output& out_;
};

}  // namespace

void WriteRecords(const Node& top, const Catalog& catalog, std::size_t depth, Output& out) {
  Records(catalog, depth, out).WriteBelow(top, {}, 0);
}

}  // namespace statestone::cli
