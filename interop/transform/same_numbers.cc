#include "interop/transform/same_numbers.h"

#include <optional>
#include <utility>
#include <vector>

namespace statestone {

Checkpoint WithSameNumbers(const Checkpoint& source,
                           const std::function<TensorSource(TensorRef)>& change) {
  Checkpoint result;
  std::vector<std::optional<std::uint32_t>> scope_of(source.tensor_count());
  for (std::uint32_t scope = 0; scope < source.scope_count(); ++scope) {
    result.AddScope();
    for (const TensorRef tensor : source.Tensors({scope})) scope_of[tensor.index] = scope;
  }
  for (std::uint32_t i = 0; i < scope_of.size(); ++i) {
    if (scope_of[i]) {
      result.AddTensor({*scope_of[i]}, change({i}));
    } else {
      result.AddAnonymousTensor(change({i}));
    }
  }
  return result;
}

}  // namespace statestone
