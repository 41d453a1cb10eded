#include "cli/diff/differences.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <string_view>
#include <utility>

#include "cli/diff/tensor_pairs.h"
#include "cli/diff/value_differences.h"
#include "statestone/display.h"

namespace statestone::cli {
namespace {

using walk::OpenedCheckpoint;
using walk::OpenedTensor;
using walk::WalkItem;
using walk::WalkPiece;

std::string_view RoleName(const OpenedTensor& tensor) {
  if (tensor.kind == TensorKind::kBuffer) return "buffer";
  return tensor.requires_grad ? "parameter" : "frozen parameter";
}

std::string_view MediaType(const OpenedCheckpoint& file, std::string_view path) {
  for (const Checkpoint::Entry& entry : file.entries()) {
    const auto* attachment = std::get_if<AttachmentSource>(&entry.body);
    if (attachment != nullptr && EscapePathComponent(entry.name) == path) {
      return attachment->media_type;
    }
  }
  return {};
}

// How many of the tensors that both files have each tie group holds.
using GroupSizes = std::map<std::pair<std::uint32_t, std::uint32_t>, std::uint64_t>;

// The first other tensor of the group.
std::string TieText(const OpenedCheckpoint& file, std::uint32_t tensor) {
  const std::uint32_t group = file.tensors()[tensor].tie_group;
  for (std::uint32_t i = 0; group != 0 && i < file.tensors().size(); ++i) {
    if (i != tensor && file.tensors()[i].tie_group == group) {
      return "tied to " + file.tensors()[i].path;
    }
  }
  return "untied";
}

class Comparison {
 public:
  Comparison(const OpenedCheckpoint& a, const OpenedCheckpoint& b, const DiffOptions& options)
      : a_(a), b_(b), options_(options), pairs_(PairTensors(a, b, options.strip_prefixes)) {}

  Differences Run() {
    found_.tensors = pairs_.both.size();
    std::vector<TensorDifference> tensors;
    std::vector<WalkItem> items;
    std::vector<std::size_t> compared;  // the tensor of each item
    for (const WalkItem& pair : pairs_.both) {
      tensors.push_back(Describe(pair));
      if (tensors.back().shape) continue;
      compared.push_back(tensors.size() - 1);
      items.push_back(pair);
    }
    std::vector<std::vector<WalkItem>> explained;
    found_.hints = FindHints(a_, b_, pairs_, explained);
    CompareElements(items, compared, explained, tensors);
    if (!options_.tensors_only) NoteTies(tensors);
    for (TensorDifference& tensor : tensors) {
      if (tensor.Differs()) {
        found_.changed.push_back(std::move(tensor));
      } else {
        ++found_.equal_tensors;
      }
    }
    found_.only_a = pairs_.only_a;
    found_.only_b = pairs_.only_b;
    if (!options_.tensors_only) {
      FindValueDifferences(a_, b_, options_.tolerance, found_.values, found_.equal_values);
    }
    return std::move(found_);
  }

 private:
  TensorDifference Describe(const WalkItem& pair) const {
    const OpenedTensor& a = a_.tensors()[pair.a];
    const OpenedTensor& b = b_.tensors()[pair.b];
    TensorDifference tensor{.a = pair.a, .b = pair.b};
    tensor.shape = a.shape != b.shape;
    tensor.dtype = a.dtype != b.dtype;
    if (a.attachment != b.attachment) {
      tensor.notes.emplace_back(a.attachment ? "attachment -> tensor" : "tensor -> attachment");
    }
    if (options_.tensors_only) return tensor;
    // A plain tensor says nothing of its role in a model.
    const bool both_say = a.kind != TensorKind::kTensor && b.kind != TensorKind::kTensor;
    if (both_say && RoleName(a) != RoleName(b)) {
      tensor.notes.push_back(fmt::format("{} -> {}", RoleName(a), RoleName(b)));
    }
    if (a.attachment && b.attachment) {
      const auto type_a = MediaType(a_, a.path);
      const auto type_b = MediaType(b_, b.path);
      if (type_a != type_b) {
        tensor.notes.push_back(
            fmt::format("{} -> {}", EscapeForDisplay(type_a), EscapeForDisplay(type_b)));
      }
    }
    return tensor;
  }

  // Items behind the first `compared.size()` belong to hints: only whether they are equal counts.
  void CompareElements(std::vector<WalkItem> items, const std::vector<std::size_t>& compared,
                       const std::vector<std::vector<WalkItem>>& explained,
                       std::vector<TensorDifference>& tensors) {
    std::vector<std::size_t> hints;
    for (std::size_t i = 0; i < explained.size(); ++i) {
      items.insert(items.end(), explained[i].begin(), explained[i].end());
      hints.resize(hints.size() + explained[i].size(), i);
    }
    std::vector<bool> differs(hints.size(), false);
    walk::WalkTensors<tensor_math::ElementDifferences>(
        a_, &b_, items,
        [&](const WalkPiece& piece) {
          if (piece.item >= compared.size()) {
            tensor_math::ElementDifferences bytes;
            bytes.different = !std::ranges::equal(piece.a, piece.b);
            return bytes;
          }
          const WalkItem& item = items[piece.item];
          return tensor_math::CompareElements(a_.tensors()[item.a].dtype, piece.a,
                                              b_.tensors()[item.b].dtype, piece.b,
                                              options_.tolerance);
        },
        [&](const WalkPiece& piece, const tensor_math::ElementDifferences& result) {
          found_.compared_bytes += piece.a.size() + piece.b.size();
          if (piece.item < compared.size()) {
            tensors[compared[piece.item]].elements.Append(result);
          } else if (result.different != 0) {
            differs[piece.item - compared.size()] = true;
          }
        },
        options_.walk);
    for (std::size_t i = 0; i < hints.size(); ++i) {
      if (!differs[i]) ++found_.hints[hints[i]].equal;
    }
  }

  // Tensors that both files have are tied on both sides, or on none.
  void NoteTies(std::vector<TensorDifference>& tensors) const {
    GroupSizes in_both;
    std::map<std::uint32_t, std::uint64_t> in_a;
    std::map<std::uint32_t, std::uint64_t> in_b;
    const auto group_a = [&](const TensorDifference& t) { return a_.tensors()[t.a].tie_group; };
    const auto group_b = [&](const TensorDifference& t) { return b_.tensors()[t.b].tie_group; };
    for (const TensorDifference& tensor : tensors) {
      ++in_both[{group_a(tensor), group_b(tensor)}];
      ++in_a[group_a(tensor)];
      ++in_b[group_b(tensor)];
    }
    for (TensorDifference& tensor : tensors) {
      const std::uint32_t a = group_a(tensor);
      const std::uint32_t b = group_b(tensor);
      const std::uint64_t both = a == 0 || b == 0 ? 1 : in_both[{a, b}];
      if ((a == 0 || in_a[a] == both) && (b == 0 || in_b[b] == both)) continue;
      tensor.notes.push_back(TieText(a_, tensor.a) + " -> " + TieText(b_, tensor.b));
    }
  }

  const OpenedCheckpoint& a_;
  const OpenedCheckpoint& b_;
  const DiffOptions& options_;
  const TensorPairs pairs_;
  Differences found_;
};

}  // namespace

Differences FindDifferences(const OpenedCheckpoint& a, const OpenedCheckpoint& b,
                            const DiffOptions& options) {
  return Comparison(a, b, options).Run();
}

}  // namespace statestone::cli
