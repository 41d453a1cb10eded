#include "codec/reader/recover.h"

#include <system_error>

#include "codec/file/append_file.h"
#include "codec/file/lock.h"
#include "statestone/append.h"
#include "statestone/copy.h"

namespace statestone {
namespace {

RecoverReport Report(const reader::OpenedFile& found, std::uint64_t file_bytes) {
  return {.generation = found.tail.generation,
          .file_bytes = file_bytes,
          .complete_bytes = found.tail.end_offset};
}

RecoverReport Recover(const std::filesystem::path& path, bool truncate,
                      const AppendOptions& options) {
  const std::stop_token& stop = options.write.stop;
  if (!truncate) {
    const auto source = file::OpenPositioned(path);
    return Report(reader::OpenLastComplete(source, stop), source->size());
  }
  // Behind the lock: what looks unfinished may be somebody's append that is under way.
  file::AppendFile file(path, {options.wait, stop, options.on_wait});
  const auto source = file.before();
  const RecoverReport report = Report(reader::OpenLastComplete(source, stop), source->size());
  if (report.complete_bytes != report.file_bytes) file.Truncate(report.complete_bytes);
  return report;
}

}  // namespace

RecoverReport RecoverFile(const std::filesystem::path& path, bool truncate,
                          const AppendOptions& options) {
  try {
    return Recover(path, truncate, options);
  } catch (const Error& error) {
    throw error.WithPath(path.string());
  }
}

WriteSummary CompactFile(const std::filesystem::path& path, const std::filesystem::path& target,
                         const AppendOptions& options) {
  std::error_code error;
  if (std::filesystem::equivalent(path, target, error)) {
    const Appender locked = Appender::Open(path, options);
    return CopyCheckpoint(locked.before(), target, options.write);
  }
  const file::SharedLock lock(path, {options.wait, options.write.stop, options.on_wait});
  ReadOptions read;
  read.access = Access::kPositioned;
  read.threads = options.write.threads;
  read.stop = options.write.stop;
  return CopyCheckpoint(Reader::Open(path, read), target, options.write);
}

}  // namespace statestone
