#include "interop/pt/export.h"

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "codec/file/atomic_file.h"
#include "interop/export_progress.h"
#include "interop/losses.h"
#include "interop/pt/state_pickler.h"
#include "interop/pt/storage_plan.h"
#include "interop/zip/zip_writer.h"

namespace statestone::pt {
namespace {

void AddUnplaced(const Checkpoint& checkpoint, const StoragePlan& plan, ExportReport& report) {
  std::vector<std::string> paths;
  for (std::uint32_t i = 0; i < checkpoint.tensor_count(); ++i) {
    if (plan.IsPlaced({i})) {
      ++report.tensors;
      report.tensor_bytes += checkpoint.tensor_bytes({i});
      continue;
    }
    if (paths.empty()) paths = checkpoint.DisplayPaths();
    report.lost.push_back({paths[i], "a tensor that nothing refers to: left out"});
  }
}

// torch looks at the names of records behind the first slash. Files that it writes to memory have
// their records in this folder.
constexpr std::string_view kFolder = "archive/";

void AddRecord(zip::ZipWriter& zip, std::string_view name, std::string_view contents) {
  zip.Begin(std::string(kFolder).append(name), contents.size());
  zip.Write(std::as_bytes(std::span(contents)));
}

// The records and their order are those of torch 2.13; it computes places of the data's records
// from the first one's where it is asked to, so these follow each other.
void WriteArchive(const StoragePlan& plan, std::string_view pickle, const ExportOptions& options,
                  file::AtomicFile& file) {
  zip::ZipWriter zip(file);
  AddRecord(zip, "data.pkl", pickle);
  AddRecord(zip, ".format_version", "1");
  AddRecord(zip, ".storage_alignment", "64");
  AddRecord(zip, "byteorder", "little");
  ExportProgress progress(options, plan.total_bytes());
  for (std::uint32_t i = 0; i < plan.size(); ++i) {
    zip.Begin(std::string(kFolder) + "data/" + std::to_string(i), plan.at(i).bytes);
    plan.Read(i, [&](std::span<const std::byte> piece) {
      zip.Write(piece);
      progress.Add(piece.size());
    });
  }
  AddRecord(zip, "version", "3\n");
  zip.Finish();
}

}  // namespace

ExportReport Export(const Checkpoint& checkpoint, const std::filesystem::path& target,
                    const ExportOptions& options) {
  ExportReport report;
  StoragePlan plan(checkpoint, report.lost);
  const std::string pickle = StatePickler(checkpoint, plan, report.lost).Pickle();
  AddUnplaced(checkpoint, plan, report);
  RequireNothingLost(report.lost, FileKind::kPtZip, options);
  file::AtomicFile file(target);
  WriteArchive(plan, pickle, options, file);
  file.Commit();
  report.file_bytes = file.position();
  report.files = {target};
  return report;
}

}  // namespace statestone::pt
