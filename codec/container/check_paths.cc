#include <string>

#include "codec/check/require.h"
#include "codec/container/index.h"
#include "codec/container/index_error.h"
#include "codec/container/schema_node.h"
#include "codec/text/display_path.h"
#include "codec/text/reference_walk.h"
#include "statestone/display.h"

namespace statestone::container {
namespace {

// Most values hold no tensor: their keys need not be spelled out.
bool HoldsTensors(const SchemaNode& value) {  // NOLINT(misc-no-recursion): at most 64 deep
  if (value.kind() == ValueKind::kTensor || text::IsTensorDict(value.kind())) return true;
  for (std::size_t i = 0; i < value.size(); ++i) {
    if (HoldsTensors(value.item(i))) return true;
  }
  return false;
}

}  // namespace

void CheckPaths(const Index& index) {
  text::PathBudget budget;
  const auto spend = [&](const std::string& path, std::uint64_t tensors,
                         const schema::Entry& entry) {
    Require(CheckSite::kPathLimit, budget.Add(path.size(), tensors), [&] {
      return IndexLimit("the paths of the tensors are too long together", limits::kPathBytes,
                        budget.total(), entry.name()->string_view());
    });
    return false;
  };
  const auto tensors_in = [&](std::uint32_t scope) {
    return index.scopes[scope].tensors_end() - index.first_tensor(scope);
  };
  for (std::size_t e = 0; e < index.entry_count(); ++e) {
    const schema::Entry& entry = index.entry(e);
    const std::string name = EscapePathComponent(entry.name()->string_view());
    if (entry.kind() == schema::EntryKind::model) {
      spend(name, tensors_in(entry.model()->scope()), entry);
    } else if (entry.kind() == schema::EntryKind::value) {
      const SchemaNode value(*entry.value());
      if (!HoldsTensors(value)) continue;
      text::ReferenceWalk walk(
          name, [&](std::uint32_t) { return spend(walk.path(), 1, entry); },
          [&](std::uint32_t scope) { return spend(walk.path(), tensors_in(scope), entry); });
      walk.Walk(value, name.empty());
    }
  }
}

}  // namespace statestone::container
