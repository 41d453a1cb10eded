#include "torch_bridge/likely_renames.h"

#include <utility>

#include "codec/text/likely_renames.h"

namespace statestone {

std::vector<Rename> LikelyRenames(const std::vector<TensorDifference>& missing,
                                  const std::vector<TensorDifference>& unexpected) {
  std::vector<text::NamedTensor> in_module;
  for (const TensorDifference& tensor : missing) {
    in_module.push_back({tensor.name, tensor.expected});
  }
  std::vector<text::NamedTensor> in_file;
  for (const TensorDifference& tensor : unexpected) in_file.push_back({tensor.name, tensor.found});
  std::vector<Rename> renames;
  for (text::NamePair& pair : text::LikelyRenames(in_file, in_module)) {
    renames.push_back({std::move(pair.from), std::move(pair.to)});
  }
  return renames;
}

}  // namespace statestone
