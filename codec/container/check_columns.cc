#include "codec/check/require.h"
#include "codec/container/index.h"
#include "codec/container/index_error.h"
#include "statestone/limits.h"

namespace statestone::container {

void CheckColumns(const Index& index, std::uint64_t index_offset) {
  const struct {
    const char* what;
    std::uint64_t count;
    std::uint64_t at_most;
  } counts[] = {{"the file has too many entries", index.entry_count(), limits::kEntries},
                {"the file has too many scopes", index.scopes.size(), limits::kScopes},
                {"the file has too many tensors", index.tensors.size(), limits::kTensors},
                {"the file has too many storages", index.storages.size(), limits::kStorages},
                {"the file has too many chunks", index.chunks.size(), limits::kChunks}};
  for (const auto& [what, count, at_most] : counts) {
    Require(CheckSite::kCountLimit, count <= at_most,
            [what = what, at_most = at_most, count = count] {
              // Copies, since clang 14 does not capture structured bindings.
              return IndexLimit(what, at_most, count);
            });
  }
  CheckStoragesAndChunks(index, index_offset);
  CheckScopesAndTensors(index);
}

}  // namespace statestone::container
