#include "torch_bridge/likely_renames.h"

#include <algorithm>
#include <cstddef>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace statestone {
namespace {

// Every pair of names is looked at: 256 x 256 comparisons take milliseconds.
constexpr std::size_t kLookedAt = 256;

struct Candidate {
  Rename pair;
  std::vector<std::pair<std::size_t, std::size_t>> explains;  // (missing, unexpected)
};

// The pair of prefixes before the longest common end that consists of whole components:
// "encoder.0.weight" and "backbone.0.weight" give {"encoder.", "backbone."}.
std::optional<Rename> PrefixPair(std::string_view in_file, std::string_view in_module) {
  const auto [file_end, module_end] =
      std::mismatch(in_file.rbegin(), in_file.rend(), in_module.rbegin(), in_module.rend());
  std::size_t common = static_cast<std::size_t>(file_end - in_file.rbegin());
  const auto starts_component = [](std::string_view name, std::size_t length) {
    return length == name.size() || name[name.size() - length - 1] == '.';
  };
  while (common > 0 &&
         !(starts_component(in_file, common) && starts_component(in_module, common))) {
    --common;
  }
  if (common == 0) return std::nullopt;
  return Rename{std::string(in_file.substr(0, in_file.size() - common)),
                std::string(in_module.substr(0, in_module.size() - common))};
}

std::vector<Candidate> PrefixCandidates(std::span<const TensorDifference> missing,
                                        std::span<const TensorDifference> unexpected) {
  std::map<std::pair<std::string, std::string>, Candidate> found;
  for (std::size_t m = 0; m < missing.size(); ++m) {
    for (std::size_t u = 0; u < unexpected.size(); ++u) {
      if (missing[m].expected != unexpected[u].found) continue;
      const auto pair = PrefixPair(unexpected[u].name, missing[m].name);
      if (!pair) continue;
      Candidate& candidate = found[{pair->in_file, pair->in_module}];
      candidate.pair = *pair;
      candidate.explains.emplace_back(m, u);
    }
  }
  std::vector<Candidate> candidates;
  for (auto& [key, candidate] : found) candidates.push_back(std::move(candidate));
  std::ranges::stable_sort(candidates, std::ranges::greater{},
                           [](const Candidate& c) { return c.explains.size(); });
  return candidates;
}

class Matching {
 public:
  Matching(std::span<const TensorDifference> missing, std::span<const TensorDifference> unexpected)
      : missing_(missing),
        unexpected_(unexpected),
        missing_done_(missing.size(), false),
        unexpected_done_(unexpected.size(), false) {}

  // Takes the candidate if most of what it explains is still open.
  void Take(const Candidate& candidate) {
    std::vector<std::pair<std::size_t, std::size_t>> open;
    for (const auto& [m, u] : candidate.explains) {
      if (!missing_done_[m] && !unexpected_done_[u]) open.emplace_back(m, u);
    }
    if (open.empty() || open.size() * 2 < candidate.explains.size()) return;
    for (const auto& [m, u] : open) missing_done_[m] = unexpected_done_[u] = true;
    pairs_.push_back(candidate.pair);
  }

  // Pairs of names for tensors whose signature is left exactly once on both sides.
  void TakeOnlyOnes() {
    std::map<std::string_view, std::pair<std::vector<std::size_t>, std::vector<std::size_t>>> open;
    for (std::size_t m = 0; m < missing_.size(); ++m) {
      if (!missing_done_[m]) open[missing_[m].expected].first.push_back(m);
    }
    for (std::size_t u = 0; u < unexpected_.size(); ++u) {
      if (!unexpected_done_[u]) open[unexpected_[u].found].second.push_back(u);
    }
    for (const auto& [signature, sides] : open) {
      if (sides.first.size() != 1 || sides.second.size() != 1) continue;
      pairs_.push_back({unexpected_[sides.second[0]].name, missing_[sides.first[0]].name});
    }
  }

  std::vector<Rename> pairs() && { return std::move(pairs_); }

 private:
  std::span<const TensorDifference> missing_;
  std::span<const TensorDifference> unexpected_;
  std::vector<bool> missing_done_;
  std::vector<bool> unexpected_done_;
  std::vector<Rename> pairs_;
};

}  // namespace

std::vector<Rename> LikelyRenames(const std::vector<TensorDifference>& missing,
                                  const std::vector<TensorDifference>& unexpected) {
  const std::span first_missing(missing.data(), std::min(missing.size(), kLookedAt));
  const std::span first_unexpected(unexpected.data(), std::min(unexpected.size(), kLookedAt));
  Matching matching(first_missing, first_unexpected);
  for (const Candidate& candidate : PrefixCandidates(first_missing, first_unexpected)) {
    matching.Take(candidate);
  }
  matching.TakeOnlyOnes();
  return std::move(matching).pairs();
}

}  // namespace statestone
