#include "cli/convert/conversion_jobs.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <system_error>
#include <utility>

#include "cli/file_kind.h"

namespace statestone::cli {
namespace {

namespace fs = std::filesystem;

Error Usage(std::string path, std::string problem, std::string advice) {
  return {ErrorCode::kInvalidArgument,
          {.path = std::move(path), .problem = std::move(problem), .advice = std::move(advice)}};
}

// "model.pth" becomes "model.stone"; of "model.safetensors.index.json" all endings go.
std::string Renamed(const fs::path& source, FileKind kind) {
  fs::path name = source.filename();
  const std::string text = name.string();
  constexpr std::string_view kIndex = ".safetensors.index.json";
  if (text.ends_with(kIndex)) {
    name = text.substr(0, text.size() - kIndex.size());
  } else {
    name.replace_extension();
  }
  return name.string() + std::string(EndingOf(kind));
}

ConversionJob OneJob(const JobOptions& options) {
  if (options.paths.size() > 2) {
    throw Usage("", "several sources need a folder for what becomes of them",
                "name one with --to-dir");
  }
  const fs::path source = options.paths[0];
  std::error_code ignored;
  if (fs::is_directory(source, ignored)) {
    throw Usage(source.string(), "it is a directory",
                "--to-dir says where to put what becomes of the files in it");
  }
  ConversionJob job{.source = source.string()};
  if (options.paths.size() == 1) {
    job.kind = options.to.value_or(FileKind::kStone);
    job.target = (source.parent_path() / Renamed(source, job.kind)).string();
    return job;
  }
  job.target = options.paths[1];
  const auto ending = KindOfEnding(job.target);
  if (!options.to && !ending) {
    throw Usage(
        job.target, "its ending does not say what kind of file to write",
        fmt::format("end it in .stone, or say --to: one of {}", fmt::join(WritableNames(), ", ")));
  }
  job.kind = options.to ? *options.to : *ending;
  return job;
}

class FolderJobs {
 public:
  explicit FolderJobs(const JobOptions& options) : options_(options) {}

  std::vector<ConversionJob> Plan() {
    for (const std::string& path : options_.paths) {
      std::error_code error;
      if (fs::is_directory(path, error)) {
        AddFolder(path);
      } else {
        Add(path, fs::path(path).filename());
      }
    }
    return std::move(jobs_);
  }

 private:
  void AddFolder(const fs::path& folder) {
    std::vector<fs::path> files;
    try {
      if (options_.recursive) {
        for (const auto& entry : fs::recursive_directory_iterator(folder)) AddFile(entry, files);
      } else {
        for (const auto& entry : fs::directory_iterator(folder)) AddFile(entry, files);
      }
    } catch (const fs::filesystem_error& error) {
      throw Error(ErrorCode::kIo, {.path = folder.string(),
                                   .problem = "cannot list the folder",
                                   .system_error = error.code().value()});
    }
    std::ranges::sort(files);
    for (const fs::path& file : files) Add(file, file.lexically_relative(folder));
  }

  static void AddFile(const fs::directory_entry& entry, std::vector<fs::path>& files) {
    std::error_code error;
    if (!entry.is_regular_file(error)) return;
    if (RecognizeFile(entry.path()) == FileKind::kUnknown) return;
    if (!IsShard(entry.path())) files.push_back(entry.path());
  }

  // Part of a set whose index stands beside it: "model-00001-of-00003.safetensors".
  static bool IsShard(const fs::path& file) {
    const std::string name = file.filename().string();
    const std::size_t of = name.rfind("-of-");
    if (!name.ends_with(".safetensors") || of == std::string::npos) return false;
    const std::size_t dash = name.rfind('-', of - 1);
    if (of == 0 || dash == std::string::npos) return false;
    std::error_code error;
    return fs::exists(file.parent_path() / (name.substr(0, dash) + ".safetensors.index.json"),
                      error);
  }

  void Add(const fs::path& source, const fs::path& place) {
    const FileKind kind = options_.to.value_or(FileKind::kStone);
    const fs::path target = fs::path(options_.to_dir) / place.parent_path() / Renamed(source, kind);
    const auto [found, added] = sources_.try_emplace(target.string(), source.string());
    if (!added) {
      throw Usage(target.string(), "two sources would become this file",
                  fmt::format("convert {} or {} by itself", found->second, source.string()));
    }
    jobs_.push_back({source.string(), target.string(), kind});
  }

  const JobOptions& options_;
  std::vector<ConversionJob> jobs_;
  std::map<std::string, std::string> sources_;  // by target
};

}  // namespace

std::vector<ConversionJob> PlanConversions(const JobOptions& options) {
  if (!options.to_dir.empty()) return FolderJobs(options).Plan();
  if (options.recursive) {
    throw Usage("", "--recursive is about folders, and they need a folder to be converted to",
                "name one with --to-dir");
  }
  return {OneJob(options)};
}

}  // namespace statestone::cli
