#include "interop/pt/call_arguments.h"

#include <optional>

#include "codec/check/require.h"

namespace statestone::pt {

using pickle::Kind;
using pickle::Listed;
using pickle::ObjectId;

std::optional<Listed> ListedAs(const pickle::ObjectStore& objects, ObjectId id) {
  if (!objects.Is(id, Kind::kGlobal)) return std::nullopt;
  return pickle::GlobalAt(static_cast<std::uint32_t>(objects[id].integer)).listed;
}

std::optional<Listed> Callee(const pickle::ObjectStore& objects, ObjectId id) {
  if (!objects.Is(id, Kind::kCall)) return std::nullopt;
  return ListedAs(objects, objects[id].source);
}

CallArguments::CallArguments(const pickle::Pickle& pickle, ObjectId args, std::uint64_t call_offset,
                             std::string_view name)
    : pickle_(pickle), call_offset_(call_offset), name_(name) {
  Require(CheckSite::kPickleArguments, pickle.objects.Is(args, Kind::kTuple),
          [&] { return Corrupt("arguments are not a tuple"); });
  items_ = pickle.objects.Items(args);
}

CallArguments::CallArguments(const pickle::Pickle& pickle, ObjectId call)
    : CallArguments(pickle, pickle.objects[call].call.args, pickle.objects[call].call.offset,
                    pickle::GlobalAt(static_cast<std::uint32_t>(
                                         pickle.objects[pickle.objects[call].source].integer))
                        .name) {}

Error CallArguments::Corrupt(std::string problem, std::string expected, std::string found) const {
  return Error(ErrorCode::kCorrupt,
               {.offset = pickle_.file_offset + call_offset_,
                .problem = "the call of " + std::string(name_) + ": " + std::move(problem),
                .expected = std::move(expected),
                .found = std::move(found),
                .advice = "the pickle of this checkpoint is damaged: copy the file again"});
}

void CallArguments::RequireCount(std::size_t least, std::size_t most) const {
  Require(CheckSite::kPickleArguments, size() >= least && size() <= most, [&] {
    return Corrupt("wrong number of arguments",
                   std::to_string(least) + " to " + std::to_string(most), std::to_string(size()));
  });
}

void CallArguments::RequireArgument(bool holds, std::size_t i, std::string_view expected) const {
  Require(CheckSite::kPickleArguments, holds, [&] {
    return Corrupt("argument " + std::to_string(i) + " is of another type", std::string(expected));
  });
}

ObjectId CallArguments::at(std::size_t i) const {
  RequireArgument(i < size(), i, "an argument");
  return items_[i];
}

std::uint64_t CallArguments::UnsignedOf(ObjectId id, std::string_view what) const {
  const pickle::Object& object = pickle_.objects[id];
  Require(CheckSite::kPickleArguments, object.kind == Kind::kInt,
          [&] { return Corrupt(std::string(what) + " is not an integer of 64 bits"); });
  Require(CheckSite::kPtNegative, object.integer >= 0, [&] {
    return Corrupt(std::string(what) + " is negative", {}, std::to_string(object.integer));
  });
  return static_cast<std::uint64_t>(object.integer);
}

std::uint64_t CallArguments::Unsigned(std::size_t i, std::string_view what) const {
  return UnsignedOf(at(i), what);
}

bool CallArguments::Bool(std::size_t i) const {
  RequireArgument(pickle_.objects.Is(at(i), Kind::kBool), i, "a bool");
  return pickle_.objects[at(i)].integer != 0;
}

std::string_view CallArguments::String(std::size_t i) const {
  const ObjectId id = at(i);
  RequireArgument(pickle_.objects.Is(id, Kind::kString) || pickle_.objects.Is(id, Kind::kOldString),
                  i, "a string");
  return pickle_.objects.Text(id);
}

std::vector<std::uint64_t> CallArguments::Sizes(std::size_t i, std::string_view what) const {
  ObjectId id = at(i);
  if (Callee(pickle_.objects, id) == Listed::kSize) {
    const CallArguments size(pickle_, id);
    size.RequireCount(1, 1);
    id = size.at(0);
  }
  RequireArgument(pickle_.objects.Is(id, Kind::kTuple) || pickle_.objects.Is(id, Kind::kList), i,
                  "a tuple of integers");
  std::vector<std::uint64_t> sizes;
  for (const ObjectId item : pickle_.objects.Items(id)) sizes.push_back(UnsignedOf(item, what));
  return sizes;
}

Listed CallArguments::Global(std::size_t i) const {
  const auto listed = ListedAs(pickle_.objects, at(i));
  RequireArgument(listed.has_value(), i, "a class or function on the list");
  return *listed;
}

}  // namespace statestone::pt
