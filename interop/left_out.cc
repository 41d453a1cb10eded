#include "interop/left_out.h"

#include "statestone/error.h"

namespace statestone {

void DescribeOrLeaveOut(ImportedCheckpoint& imported, bool skip_unknown, const std::string& entry,
                        const std::function<void()>& describe) {
  try {
    describe();
  } catch (const Error& error) {
    if (!skip_unknown || error.code() != ErrorCode::kUnsupported) throw error.WithEntry(entry);
    const ErrorFields& fields = error.fields();
    imported.skipped.push_back(
        {.path = entry,
         .reason = fields.problem + (fields.found.empty() ? "" : " (" + fields.found + ")")});
  }
}

}  // namespace statestone
