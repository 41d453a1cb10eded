// What convert and export have in common: options, and running one conversion.
#pragma once

#include <string>

#include "cli/command.h"
#include "cli/convert/conversion_jobs.h"
#include "statestone/convert.h"

namespace statestone::cli {

/// Options of how a file is written: --force, --to, --lossy, --dtype, --compression, ...
class ConvertArguments {
 public:
  void AddOptions(CLI::App& app);

  /// Shows progress and keeps an old file unless --force says otherwise. Returns the seconds that
  /// it took in `seconds`. \throws Error as ConvertFile; invalid_argument (a file is in the way)
  ConvertReport Run(const ConversionJob& job, ConvertOptions options, std::string_view verb,
                    const Context& context, double& seconds) const;

  const std::optional<FileKind>& to() const { return to_; }

 private:
  bool force_ = false;
  bool lossy_ = false;
  bool skip_unknown_ = false;
  bool verify_encoding_ = true;
  int chunk_units_ = 18;
  Compression compression_ = Compression::kAuto;
  std::optional<FileKind> to_;
  std::optional<DType> dtype_;
};

}  // namespace statestone::cli
