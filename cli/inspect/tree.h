// A file's content as a tree: entries, containers, the modules that tensor names spell, tensors.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "statestone/tensor.h"

namespace statestone::cli {

enum class NodeKind : std::uint8_t {
  kFile,
  kModel,
  kContainer,  ///< a value that holds others, a dict of tensors included
  kModule,     ///< what tensor names before a dot have in common
  kTensor,
  kValue,  ///< a value shown on one line
  kAttachment,
  kUnknown,  ///< an entry or value of a newer version
};

struct Node;
using NodeList = std::vector<std::unique_ptr<Node>>;

struct Node {
  static constexpr std::uint32_t kNoTensor = 0xFFFFFFFF;

  NodeKind kind = NodeKind::kModule;
  char joint = '/';        ///< stands between the parent's path and the label; 0: nothing
  bool estimated = false;  ///< some of `stored_bytes` is a part of a pack
  bool tied = false;
  bool various = false;      ///< a fold of nodes that differ in shape or value
  std::uint8_t codings = 0;  ///< Coding bits of the tensors below
  std::uint32_t tensor = kNoTensor;
  std::uint64_t repeats = 1;  ///< a fold: how many like it; everything below stands once for all
  std::uint64_t tensors = 0;  ///< below and here, all repeats
  std::uint64_t logical_bytes = 0;  ///< the same
  double stored_bytes = 0;          ///< the same
  std::string label;                ///< component of the display path, escaped; of a fold "0..11"
  std::string type;                 ///< dtype, or kind of value or entry
  std::string text;                 ///< shape, or value, or media type
  std::string flags;
  std::string tied_to;  ///< display path of the tensor that carries the bytes; empty if this does
  NodeList children;
};

/// The path of a child of the node at `path`.
std::string PathOf(std::string_view parent_path, const Node& child);

/// Adds up tensors, bytes and codings of everything below.
void AddUp(Node& node);

/// The node of a display path, and the path itself as far as it led: an entry, a value, a tensor,
/// or a module, which is the first parts of tensor names. nullptr: there is none.
const Node* FindNode(const Node& file, std::string_view path);

}  // namespace statestone::cli
