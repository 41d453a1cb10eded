#include "codec/text/likely_renames.h"

#include <algorithm>
#include <cstddef>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace statestone::text {
namespace {

// Every pair of names is looked at: 256 x 256 comparisons take milliseconds.
constexpr std::size_t kLookedAt = 256;

struct Candidate {
  NamePair pair;
  std::vector<std::pair<std::size_t, std::size_t>> explains;  // (to, from)
};

// The pair of prefixes before the longest common end that consists of whole components:
// "encoder.0.weight" and "backbone.0.weight" give {"encoder.", "backbone."}.
std::optional<NamePair> PrefixPair(std::string_view from, std::string_view to) {
  const auto [from_end, to_end] = std::mismatch(from.rbegin(), from.rend(), to.rbegin(), to.rend());
  std::size_t common = static_cast<std::size_t>(from_end - from.rbegin());
  const auto starts_component = [](std::string_view name, std::size_t length) {
    if (length == name.size()) return true;
    const char before = name[name.size() - length - 1];
    return before == '.' || before == '/';
  };
  while (common > 0 && !(starts_component(from, common) && starts_component(to, common))) {
    --common;
  }
  if (common == 0) return std::nullopt;
  return NamePair{std::string(from.substr(0, from.size() - common)),
                  std::string(to.substr(0, to.size() - common))};
}

std::vector<Candidate> PrefixCandidates(std::span<const NamedTensor> from,
                                        std::span<const NamedTensor> to) {
  std::map<std::pair<std::string, std::string>, Candidate> found;
  for (std::size_t t = 0; t < to.size(); ++t) {
    for (std::size_t f = 0; f < from.size(); ++f) {
      if (to[t].signature != from[f].signature) continue;
      const auto pair = PrefixPair(from[f].name, to[t].name);
      if (!pair) continue;
      Candidate& candidate = found[{pair->from, pair->to}];
      candidate.pair = *pair;
      candidate.explains.emplace_back(t, f);
    }
  }
  std::vector<Candidate> candidates;
  candidates.reserve(found.size());
  for (auto& [key, candidate] : found) candidates.push_back(std::move(candidate));
  std::ranges::stable_sort(candidates, std::ranges::greater{},
                           [](const Candidate& c) { return c.explains.size(); });
  return candidates;
}

class Matching {
 public:
  Matching(std::span<const NamedTensor> from, std::span<const NamedTensor> to)
      : from_(from), to_(to), from_done_(from.size(), false), to_done_(to.size(), false) {}

  // Takes the candidate if most of what it explains is still open.
  void Take(const Candidate& candidate) {
    std::vector<std::pair<std::size_t, std::size_t>> open;
    for (const auto& [t, f] : candidate.explains) {
      if (!to_done_[t] && !from_done_[f]) open.emplace_back(t, f);
    }
    if (open.empty() || open.size() * 2 < candidate.explains.size()) return;
    for (const auto& [t, f] : open) to_done_[t] = from_done_[f] = true;
    pairs_.push_back(candidate.pair);
  }

  // Pairs of names for tensors whose signature is left exactly once on both sides.
  void TakeOnlyOnes() {
    std::map<std::string_view, std::pair<std::vector<std::size_t>, std::vector<std::size_t>>> open;
    for (std::size_t t = 0; t < to_.size(); ++t) {
      if (!to_done_[t]) open[to_[t].signature].first.push_back(t);
    }
    for (std::size_t f = 0; f < from_.size(); ++f) {
      if (!from_done_[f]) open[from_[f].signature].second.push_back(f);
    }
    for (const auto& [signature, sides] : open) {
      if (sides.first.size() != 1 || sides.second.size() != 1) continue;
      pairs_.push_back({from_[sides.second[0]].name, to_[sides.first[0]].name});
    }
  }

  std::vector<NamePair> pairs() && { return std::move(pairs_); }

 private:
  std::span<const NamedTensor> from_;
  std::span<const NamedTensor> to_;
  std::vector<bool> from_done_;
  std::vector<bool> to_done_;
  std::vector<NamePair> pairs_;
};

}  // namespace

std::vector<NamePair> LikelyRenames(std::span<const NamedTensor> from,
                                    std::span<const NamedTensor> to) {
  const auto first_from = from.first(std::min(from.size(), kLookedAt));
  const auto first_to = to.first(std::min(to.size(), kLookedAt));
  Matching matching(first_from, first_to);
  for (const Candidate& candidate : PrefixCandidates(first_from, first_to)) {
    matching.Take(candidate);
  }
  matching.TakeOnlyOnes();
  return std::move(matching).pairs();
}

}  // namespace statestone::text
