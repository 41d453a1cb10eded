#include "interop/pt/refusal.h"

#include <algorithm>
#include <array>
#include <optional>

#include "interop/pickle/bounds.h"
#include "interop/pickle/globals.h"

namespace statestone::pt {

using pickle::Kind;
using pickle::Object;
using pickle::ObjectId;
using pickle::ObjectStore;

namespace {

constexpr std::string_view kSkip =
    "leave it out with --skip-unknown, or load the file where you trust it and save without it";

struct Hint {
  std::string_view name;  // of a class; of all classes of a module if it ends with a dot
  std::string_view advice;
};

constexpr std::array<Hint, 5> kHints = {{
    {"argparse.Namespace",
     "save vars(x), a plain dict, instead; or leave it out with "
     "--skip-unknown"},
    {"types.SimpleNamespace",
     "save vars(x), a plain dict, instead; or leave it out with "
     "--skip-unknown"},
    {"pathlib.", "save str(path) instead; or leave it out with --skip-unknown"},
    {"datetime.", "save x.isoformat() instead; or leave it out with --skip-unknown"},
    {"enum.", "save x.value instead; or leave it out with --skip-unknown"},
}};

// How deep to look for the class behind functions that only make an instance of it.
constexpr int kIndirections = 8;

std::string Shown(const ObjectStore& objects, ObjectId unlisted) {
  const Object& object = objects[unlisted];
  std::string name(objects.Text(object.call.args));
  name += '.';
  name += objects.Text(object.call.state);
  if (name.size() > pickle::kGlobalName) name.resize(pickle::kGlobalName);
  return name;
}

bool MakesInstances(std::string_view name) {
  return name == "copyreg._reconstructor" || name == "copy_reg._reconstructor" ||
         name == "copyreg.__newobj__" || name == "copyreg.__newobj_ex__";
}

// A whole module carries its parts in these two members of its state.
bool IsModule(const ObjectStore& objects, ObjectId id) {
  if (!objects.Is(id, Kind::kInstance)) return false;
  const ObjectId state = objects[id].call.state;
  if (state == pickle::kNoObject || !objects.Is(state, Kind::kDict)) return false;
  const auto items = objects.Items(state);
  int parts = 0;
  for (std::size_t i = 0; i + 1 < items.size(); i += 2) {
    if (!objects.Is(items[i], Kind::kString)) continue;
    const std::string_view key = objects.Text(items[i]);
    parts += key == "_modules" || key == "_parameters";
  }
  return parts == 2;
}

}  // namespace

Error Unrepresentable(std::string_view what, std::string_view advice) {
  return Error(
      ErrorCode::kUnrepresentable,
      {.problem = "a .stone file cannot hold " + std::string(what), .advice = std::string(advice)});
}

std::string UnlistedName(const ObjectStore& objects, ObjectId id) {
  for (int i = 0; i < kIndirections; ++i) {
    const Object& object = objects[id];
    if (object.kind == Kind::kUnlisted) return Shown(objects, id);
    if (object.kind == Kind::kGlobal) {
      return std::string(pickle::GlobalAt(static_cast<std::uint32_t>(object.integer)).name);
    }
    if (object.kind != Kind::kInstance) break;
    const auto args = objects.Items(object.call.args);
    const bool indirect = objects.Is(object.source, Kind::kUnlisted) && !args.empty() &&
                          MakesInstances(Shown(objects, object.source));
    id = indirect ? args[0] : object.source;
  }
  return "an unnamed object";
}

std::string UnlistedReason(const ObjectStore& objects, ObjectId id) {
  return UnlistedName(objects, id) + " is not on the list";
}

Error Unlisted(const ObjectStore& objects, ObjectId id) {
  const std::string name = UnlistedName(objects, id);
  if (IsModule(objects, id)) {
    return Error(ErrorCode::kUnsafe,
                 {.problem = name + " is not on the list of classes that a checkpoint may name",
                  .advice = "this file holds a whole module, not a state_dict: load it where it "
                            "was made and save state_dict()"});
  }
  const auto hint = std::ranges::find_if(kHints, [&](const Hint& candidate) {
    return candidate.name.back() == '.' ? name.starts_with(candidate.name) : name == candidate.name;
  });
  return Error(
      ErrorCode::kUnsafe,
      {.problem = name + " is not on the list of classes and functions that a checkpoint may name",
       .advice = std::string(hint == kHints.end() ? kSkip : hint->advice)});
}

}  // namespace statestone::pt
