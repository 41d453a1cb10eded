#include "cli/stats/summaries.h"

#include <fmt/format.h>

#include <bit>
#include <cmath>
#include <nlohmann/json.hpp>

namespace statestone::cli {
namespace {

using Json = nlohmann::ordered_json;
using tensor_math::Statistics;

std::uint64_t Unsigned(std::int64_t key) {
  return std::bit_cast<std::uint64_t>(key) ^ std::uint64_t{1} << 63;
}

std::string BoundText(DType dtype, const Statistics& statistics, double bound, std::int64_t key) {
  if (!statistics.has_numbers || statistics.finite() == 0) return "-";
  if (!statistics.is_integer) return fmt::format("{:.4g}", bound);
  if (dtype == DType::kUInt64) return fmt::format("{}", Unsigned(key));
  return fmt::format("{}", key);
}

Json BoundJson(DType dtype, const Statistics& statistics, double bound, std::int64_t key) {
  if (!statistics.has_numbers || statistics.finite() == 0) return {};
  if (!statistics.is_integer) return bound;
  return dtype == DType::kUInt64 ? Json(Unsigned(key)) : Json(key);
}

Json FiniteJson(bool known, double number) {
  return known && std::isfinite(number) ? Json(number) : Json();
}

}  // namespace

std::vector<TensorSummary> SummarizeTensors(const walk::OpenedCheckpoint& file,
                                            const PathPatterns& patterns,
                                            const walk::WalkOptions& options) {
  std::vector<TensorSummary> summaries;
  std::vector<walk::WalkItem> items;
  std::vector<std::string> paths;
  for (std::uint32_t i = 0; i < file.tensors().size(); ++i) {
    const walk::OpenedTensor& tensor = file.tensors()[i];
    if (tensor.attachment) continue;
    paths.push_back(tensor.path);
    if (!patterns.empty() && !patterns.Cover(tensor.path)) continue;
    summaries.push_back({i, {}});
    items.push_back({i, 0});
  }
  if (const auto unused = patterns.Unused(paths); !unused.empty()) {
    throw Error(ErrorCode::kNotFound,
                {.path = file.path(),
                 .entry = unused.front(),
                 .problem = "no tensor has a path like this",
                 .advice = "`*` stands for any text; `statestone inspect FILE` shows the paths"});
  }
  walk::WalkTensors<Statistics>(
      file, nullptr, items,
      [&](const walk::WalkPiece& piece) {
        return tensor_math::Summarize(file.tensors()[items[piece.item].a].dtype, piece.a);
      },
      [&](const walk::WalkPiece& piece, const Statistics& statistics) {
        summaries[piece.item].statistics.Append(statistics);
      },
      options);
  return summaries;
}

std::string LowestText(DType dtype, const Statistics& statistics) {
  return BoundText(dtype, statistics, statistics.lowest, statistics.lowest_key);
}

std::string HighestText(DType dtype, const Statistics& statistics) {
  return BoundText(dtype, statistics, statistics.highest, statistics.highest_key);
}

Json SummaryJson(const walk::OpenedTensor& tensor, const Statistics& statistics) {
  const DType dtype = tensor.dtype;
  return {{"path", tensor.path},
          {"dtype", Name(dtype)},
          {"shape", tensor.shape},
          {"elements", statistics.elements},
          {"bytes", tensor.bytes},
          {"min", BoundJson(dtype, statistics, statistics.lowest, statistics.lowest_key)},
          {"max", BoundJson(dtype, statistics, statistics.highest, statistics.highest_key)},
          {"mean", FiniteJson(statistics.has_numbers, statistics.Mean())},
          {"norm", FiniteJson(statistics.has_numbers, statistics.Norm())},
          {"zeros", statistics.zeros},
          {"nan", statistics.nans},
          {"inf", statistics.infinities}};
}

}  // namespace statestone::cli
