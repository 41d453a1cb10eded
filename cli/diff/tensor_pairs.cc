#include "cli/diff/tensor_pairs.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <unordered_map>

#include "codec/text/likely_renames.h"

namespace statestone::cli {
namespace {

using walk::OpenedCheckpoint;
using walk::OpenedTensor;
using Names = std::unordered_map<std::string, std::uint32_t>;

// Where the tensor's own name begins: behind the last slash that stands for a level.
std::size_t NameBegin(const std::string& path) {
  std::size_t begin = 0;
  for (std::size_t i = 0; i < path.size(); ++i) {
    if (path[i] == '\\') {
      ++i;
    } else if (path[i] == '/') {
      begin = i + 1;
    }
  }
  return begin;
}

Names NamesOf(const OpenedCheckpoint& file, std::span<const std::string> prefixes) {
  Names names;
  for (std::uint32_t i = 0; i < file.tensors().size(); ++i) {
    const std::string& path = file.tensors()[i].path;
    const auto [found, added] = names.try_emplace(WithoutPrefix(path, prefixes), i);
    if (!added) {
      throw Error(ErrorCode::kInvalidArgument,
                  {.path = file.path(),
                   .entry = path,
                   .problem = "without the prefix it has the name of another tensor",
                   .found = file.tensors()[found->second].path,
                   .advice = "give a longer --strip-prefix"});
    }
  }
  return names;
}

std::string Signature(const OpenedTensor& tensor) {
  return fmt::format("{} [{}]", Name(tensor.dtype), fmt::join(tensor.shape, ", "));
}

std::vector<text::NamedTensor> Leftovers(const OpenedCheckpoint& file,
                                         std::span<const std::uint32_t> tensors) {
  std::vector<text::NamedTensor> names;
  for (const std::uint32_t i : tensors) {
    const OpenedTensor& tensor = file.tensors()[i];
    if (!tensor.attachment) names.push_back({tensor.path, Signature(tensor)});
  }
  return names;
}

bool IsPrefix(const std::string& text) {
  return text.empty() || text.back() == '.' || text.back() == '/';
}

// {"model/module.", "model/"}: taking away "module." on both sides makes the names meet.
std::vector<std::string> StripPrefixes(const text::NamePair& pair) {
  auto [from, to] =
      std::mismatch(pair.from.begin(), pair.from.end(), pair.to.begin(), pair.to.end());
  while (from != pair.from.begin() && *(from - 1) != '.' && *(from - 1) != '/') --from, --to;
  std::vector<std::string> prefixes;
  for (const std::string& rest :
       {std::string(from, pair.from.end()), std::string(to, pair.to.end())}) {
    if (!IsPrefix(rest)) return {};
    if (!rest.empty()) prefixes.push_back(rest);
  }
  return prefixes;
}

}  // namespace

std::string WithoutPrefix(std::string path, std::span<const std::string> prefixes) {
  for (const std::string& prefix : prefixes) {
    const std::size_t name = NameBegin(path);
    if (path.compare(name, prefix.size(), prefix) == 0) {
      path.erase(name, prefix.size());
    } else if (path.starts_with(prefix)) {
      path.erase(0, prefix.size());
    }
  }
  return path;
}

TensorPairs PairTensors(const OpenedCheckpoint& a, const OpenedCheckpoint& b,
                        std::span<const std::string> strip_prefixes) {
  NamesOf(a, strip_prefixes);  // checks that no two of them are one
  const Names in_b = NamesOf(b, strip_prefixes);
  TensorPairs pairs;
  std::vector<bool> paired(b.tensors().size(), false);
  for (std::uint32_t i = 0; i < a.tensors().size(); ++i) {
    const auto found = in_b.find(WithoutPrefix(a.tensors()[i].path, strip_prefixes));
    if (found == in_b.end()) {
      pairs.only_a.push_back(i);
    } else {
      pairs.both.push_back({i, found->second});
      paired[found->second] = true;
    }
  }
  for (std::uint32_t i = 0; i < paired.size(); ++i) {
    if (!paired[i]) pairs.only_b.push_back(i);
  }
  return pairs;
}

std::vector<RenameHint> FindHints(const OpenedCheckpoint& a, const OpenedCheckpoint& b,
                                  const TensorPairs& pairs,
                                  std::vector<std::vector<walk::WalkItem>>& explained) {
  std::vector<RenameHint> hints;
  const auto renames = text::LikelyRenames(Leftovers(a, pairs.only_a), Leftovers(b, pairs.only_b));
  Names left_b;
  for (const std::uint32_t i : pairs.only_b) left_b.emplace(b.tensors()[i].path, i);
  std::vector<bool> taken(a.tensors().size(), false);
  for (const text::NamePair& rename : renames) {
    std::vector<walk::WalkItem> items;
    for (const std::uint32_t i : pairs.only_a) {
      const OpenedTensor& tensor = a.tensors()[i];
      if (taken[i] || tensor.attachment || !tensor.path.starts_with(rename.from)) continue;
      const auto found = left_b.find(rename.to + tensor.path.substr(rename.from.size()));
      if (found == left_b.end()) continue;
      const OpenedTensor& partner = b.tensors()[found->second];
      if (partner.attachment || Signature(partner) != Signature(tensor)) continue;
      items.push_back({i, found->second});
      taken[i] = true;
      left_b.erase(found);
    }
    if (items.empty()) continue;
    hints.push_back({rename.from, rename.to, items.size(), 0, StripPrefixes(rename)});
    explained.push_back(std::move(items));
  }
  return hints;
}

}  // namespace statestone::cli
