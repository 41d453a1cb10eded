#include "statestone/convert.h"

#include <sys/mman.h>

#include <algorithm>
#include <iterator>
#include <memory>
#include <utility>

#include "interop/pt/import.h"
#include "interop/transform/cast.h"
#include "interop/transform/inference_part.h"
#include "interop/transform/path_pattern.h"
#include "interop/transform/select.h"

namespace statestone {
namespace {

// Bytes that may be converted between two times that pages of the map are given back.
constexpr std::uint64_t kGiveBackEvery = 8ull << 20;

// Pages of the source that were read in place would count as this process's memory until the end.
// They are clean and private: giving them back costs a page fault where they are read again.
void GiveBackPages(std::span<const std::byte> map) {
  if (map.empty()) return;
  ::madvise(const_cast<std::byte*>(map.data()), map.size(), MADV_DONTNEED);
}

// The caller's progress, and between its calls the pages given back.
Progress GivingBack(Progress progress, std::span<const std::byte> map) {
  return [progress = std::move(progress), map, last = std::uint64_t{0}](
             std::uint64_t done, std::uint64_t total) mutable {
    if (done - last >= kGiveBackEvery) {
      GiveBackPages(map);
      last = done;
    }
    if (progress) progress(done, total);
  };
}

ImportOptions ForImport(const std::filesystem::path& target, const ConvertOptions& options) {
  return {.skip_unknown = options.skip_unknown,
          .scratch = target.parent_path(),
          .threads = options.write.threads,
          .stop = options.write.stop};
}

// The parts of the options that make one description of another, in order.
class Transformation {
 public:
  Transformation(Checkpoint checkpoint, const ConvertOptions& options, ConvertReport& report)
      : options_(options), report_(report), checkpoint_(Shared(std::move(checkpoint))) {
    if (!options.only.empty() || !options.drop.empty()) SelectByPatterns();
    if (options.inference_only) {
      Take(InferencePart(checkpoint_, options.target_kind != FileKind::kStone));
    }
    if (options.dtype) {
      CastCheckpoint cast = Cast(checkpoint_, *options.dtype);
      cast_ = std::move(cast.report);
      checkpoint_ = Shared(std::move(cast.checkpoint));
    }
  }

  const Checkpoint& checkpoint() const { return *checkpoint_; }

  // Once everything is written.
  void Finish() const {
    if (!cast_) return;
    const tensor_math::CastLoss& loss = cast_->loss;
    report_.cast = CastSummary{cast_->tensors,  loss.elements,     loss.changed,     loss.overflows,
                               loss.underflows, loss.max_absolute, loss.max_relative};
  }

 private:
  static std::shared_ptr<const Checkpoint> Shared(Checkpoint checkpoint) {
    return std::make_shared<const Checkpoint>(std::move(checkpoint));
  }

  void Take(Selection selection) {
    checkpoint_ = Shared(std::move(selection.checkpoint));
    std::ranges::move(selection.left_out, std::back_inserter(report_.left_out));
  }

  void SelectByPatterns() {
    const PathPatterns only(options_.only);
    const PathPatterns drop(options_.drop);
    std::vector<std::string> asked;
    Take(Select(checkpoint_, [&](const std::string& path) {
      asked.push_back(path);
      return (only.empty() || only.Cover(path)) && !drop.Cover(path);
    }));
    for (const PathPatterns* patterns : {&only, &drop}) {
      const std::vector<std::string> unused = patterns->Unused(asked);
      if (unused.empty()) continue;
      throw Error(ErrorCode::kNotFound,
                  {.entry = unused.front(),
                   .problem = "nothing in the checkpoint has a path like this",
                   .advice = "`*` stands for any text; `statestone inspect` shows the paths of a "
                             ".stone file"});
    }
  }

  const ConvertOptions& options_;
  ConvertReport& report_;
  std::shared_ptr<const Checkpoint> checkpoint_;
  std::shared_ptr<const CastReport> cast_;
};

void Write(const Checkpoint& checkpoint, const std::filesystem::path& target,
           const WriteOptions& write, const ConvertOptions& options, ConvertReport& report) {
  if (options.target_kind == FileKind::kStone) {
    report.summary = SaveCheckpoint(checkpoint, target, write);
    return;
  }
  ExportOptions to;
  to.lossy = options.lossy;
  to.progress = write.progress;
  to.stop = write.stop;
  ExportReport made = ExportCheckpoint(checkpoint, target, options.target_kind, to);
  report.summary.file_bytes = made.file_bytes;
  report.summary.tensors = made.tensors;
  report.summary.tensor_bytes = made.tensor_bytes;
  report.lost = std::move(made.lost);
}

ConvertReport Save(ImportedCheckpoint imported, const std::filesystem::path& target,
                   const ConvertOptions& options) {
  WriteOptions write = options.write;
  if (!imported.mapped.empty()) {
    write.progress = GivingBack(options.write.progress, imported.mapped);
    GiveBackPages(imported.mapped);
  }
  ConvertReport report{.source_kind = imported.kind,
                       .source_bytes = imported.source_bytes,
                       .skipped = std::move(imported.skipped)};
  const Transformation transformed(std::move(imported.checkpoint), options, report);
  Write(transformed.checkpoint(), target, write, options, report);
  transformed.Finish();
  return report;
}

}  // namespace

ConvertReport ConvertFile(const std::filesystem::path& source, const std::filesystem::path& target,
                          const ConvertOptions& options) {
  return Save(ImportCheckpoint(source, ForImport(target, options)), target, options);
}

ConvertReport ConvertPt(const std::filesystem::path& source, const std::filesystem::path& target,
                        const ConvertOptions& options) {
  return Save(pt::Import(source, ForImport(target, options)), target, options);
}

}  // namespace statestone
