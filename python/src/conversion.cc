// Files of other formats, without executing anything of them.
#include <nanobind/stl/filesystem.h>
#include <nanobind/stl/string.h>

#include <filesystem>
#include <stop_token>

#include "python/src/interruptible.h"
#include "python/src/text.h"
#include "statestone/convert.h"

namespace statestone::python {
namespace {

nb::dict Convert(const std::filesystem::path& source, const std::filesystem::path& target,
                 bool compress, std::size_t threads, bool skip_unknown, nb::object progress) {
  std::stop_source stop;
  ProgressMeter meter(std::move(progress));
  ConvertOptions options{.skip_unknown = skip_unknown};
  options.write.compression = compress ? Compression::kAuto : Compression::kNone;
  options.write.threads = threads;
  options.write.stop = stop.get_token();
  options.write.progress = meter.hook();
  ConvertReport report;
  RunInterruptibly(stop, meter, [&] { report = ConvertFile(source, target, options); });
  nb::list skipped;
  for (const SkippedEntry& entry : report.skipped) {
    skipped.append(nb::make_tuple(ToStr(entry.path), ToStr(entry.reason)));
  }
  nb::dict result;
  result["source_bytes"] = report.source_bytes;
  result["file_bytes"] = report.summary.file_bytes;
  result["tensors"] = report.summary.tensors;
  result["skipped"] = skipped;
  return result;
}

}  // namespace

void BindConversion(nb::module_& module) {
  module.def("convert", Convert, nb::arg("source"), nb::arg("target"), nb::arg("compress"),
             nb::arg("threads"), nb::arg("skip_unknown"), nb::arg("progress").none());
}

}  // namespace statestone::python
