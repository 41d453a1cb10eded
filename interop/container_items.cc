#include "interop/container_items.h"

#include <span>

#include "codec/check/require.h"

namespace statestone {

using pickle::Kind;
using pickle::kNoObject;
using pickle::ObjectId;
using pickle::ObjectStore;
using pickle::Pickle;

namespace {

// Containers made from containers made from containers: real pickles have one step.
constexpr int kMostSources = 4;

Error Malformed(const char* problem) {
  return Error(ErrorCode::kCorrupt,
               {.problem = problem,
                .advice = "the pickle of this checkpoint is damaged: copy the file again"});
}

// The container and what it was made from, the innermost first.
std::vector<ObjectId> Sources(const ObjectStore& objects, ObjectId container) {
  std::vector<ObjectId> chain = {container};
  while (objects.IsContainer(chain.back()) && objects[chain.back()].source != kNoObject) {
    Require(CheckSite::kPickleSource, chain.size() < kMostSources,
            [] { return Malformed("containers are made from each other too deeply"); });
    chain.push_back(objects[chain.back()].source);
  }
  return {chain.rbegin(), chain.rend()};
}

bool IsSequence(Kind kind) {
  return kind == Kind::kList || kind == Kind::kTuple || kind == Kind::kSet ||
         kind == Kind::kFrozenSet;
}

void AppendPairsOfPairs(const ObjectStore& objects, std::span<const ObjectId> items,
                        std::vector<ObjectPair>& pairs) {
  for (const ObjectId item : items) {
    const bool pair = (objects.Is(item, Kind::kTuple) || objects.Is(item, Kind::kList)) &&
                      objects.Items(item).size() == 2;
    Require(CheckSite::kPickleSource, pair,
            [] { return Malformed("a dict is made from something that is no list of pairs"); });
    pairs.emplace_back(objects.Items(item)[0], objects.Items(item)[1]);
  }
}

}  // namespace

std::vector<ObjectPair> DictPairs(const Pickle& pickle, ObjectId dict) {
  const ObjectStore& objects = pickle.objects;
  std::vector<ObjectPair> pairs;
  for (const ObjectId source : Sources(objects, dict)) {
    const Kind kind = objects[source].kind;
    const bool is_dict = kind == Kind::kDict || kind == Kind::kOrderedDict;
    Require(CheckSite::kPickleSource, is_dict || kind == Kind::kList || kind == Kind::kTuple,
            [] { return Malformed("a dict is made from something that is no dict"); });
    const auto items = objects.Items(source);
    if (!is_dict) {
      AppendPairsOfPairs(objects, items, pairs);
      continue;
    }
    for (std::size_t i = 0; i + 1 < items.size(); i += 2)
      pairs.emplace_back(items[i], items[i + 1]);
  }
  return pairs;
}

std::vector<ObjectId> SequenceItems(const Pickle& pickle, ObjectId sequence) {
  const ObjectStore& objects = pickle.objects;
  std::vector<ObjectId> members;
  for (const ObjectId source : Sources(objects, sequence)) {
    Require(CheckSite::kPickleSource, IsSequence(objects[source].kind),
            [] { return Malformed("a set is made from something that is no list"); });
    const auto items = objects.Items(source);
    members.insert(members.end(), items.begin(), items.end());
  }
  return members;
}

ObjectId FindUnlisted(const ObjectStore& objects, ObjectId id,
                      std::unordered_map<ObjectId, ObjectId>& known) {
  const auto unlisted = [&](ObjectId object) {
    return objects.Is(object, Kind::kUnlisted) || objects.Is(object, Kind::kInstance);
  };
  if (unlisted(id)) return id;
  if (!objects.IsContainer(id) || !IsSequence(objects[id].kind)) return kNoObject;
  // Depth first, with a stack of its own. A sequence counts as clean while it is being walked,
  // which is right for cycles; all ancestors of an unlisted object learn of it.
  struct Step {
    ObjectId id;
    std::size_t next;
  };
  if (const auto found = known.find(id); found != known.end()) return found->second;
  std::vector<Step> stack = {{id, 0}};
  known.emplace(id, kNoObject);
  while (!stack.empty()) {
    Step& step = stack.back();
    const auto items = objects.Items(step.id);
    const ObjectId source = objects[step.id].source;
    const std::size_t count = items.size() + (source != kNoObject ? 1 : 0);
    if (step.next == count) {
      stack.pop_back();
      continue;
    }
    const ObjectId child = step.next < items.size() ? items[step.next] : source;
    ++step.next;
    ObjectId guilty = unlisted(child) ? child : kNoObject;
    if (guilty == kNoObject && objects.IsContainer(child) && IsSequence(objects[child].kind)) {
      const auto [found, fresh] = known.emplace(child, kNoObject);
      guilty = found->second;
      if (fresh) stack.push_back({child, 0});
    }
    if (guilty == kNoObject) continue;
    for (const Step& above : stack) known[above.id] = guilty;
    return guilty;
  }
  return kNoObject;
}

}  // namespace statestone
