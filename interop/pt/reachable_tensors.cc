#include "interop/pt/reachable_tensors.h"

#include <cstdint>
#include <vector>

#include "interop/pt/quantized_call.h"
#include "interop/pt/sparse_call.h"
#include "interop/pt/tensor_call.h"

namespace statestone::pt {

using pickle::ObjectId;

std::unordered_map<ObjectId, bool> ReachableTensors(const pickle::Pickle& pickle) {
  const pickle::ObjectStore& objects = pickle.objects;
  std::unordered_map<ObjectId, bool> tensors;
  std::vector<std::uint8_t> visits(objects.size(), 0);
  std::vector<ObjectId> waiting = {pickle.root};
  while (!waiting.empty()) {
    const ObjectId id = waiting.back();
    waiting.pop_back();
    if (ViewsStorage(objects, id)) {
      const auto [found, fresh] = tensors.emplace(id, false);
      if (!fresh) found->second = true;
      if (fresh && IsQuantizedCall(objects, id)) waiting.push_back(objects[id].call.args);
      continue;
    }
    // The tensors that a sparse one is made of stand among its arguments, those of a quantized one
    // too.
    if (IsSparseCall(objects, id) && visits[id] == 0) {
      visits[id] = 2;
      waiting.push_back(objects[id].call.args);
      continue;
    }
    if (!objects.IsContainer(id) || visits[id] == 2) continue;
    ++visits[id];
    const auto items = objects.Items(id);
    waiting.insert(waiting.end(), items.begin(), items.end());
    if (objects[id].source != pickle::kNoObject) waiting.push_back(objects[id].source);
    if (objects[id].items.state != pickle::kNoObject) waiting.push_back(objects[id].items.state);
  }
  return tensors;
}

}  // namespace statestone::pt
