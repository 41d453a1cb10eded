#include "tests/fuzz/convert_once.h"

#include <cstdlib>
#include <filesystem>
#include <string>

#include "statestone/convert.h"
#include "statestone/reader.h"
#include "tests/faults/scratch_directory.h"

namespace statestone {
namespace {

void ReadBack(const std::filesystem::path& path) {
  try {
    const Reader reader = Reader::Open(path);
    reader.Verify();
    for (std::size_t i = 0; i < reader.entry_count(); ++i) reader.ReadValue(reader.entry(i).name);
    reader.DisplayPaths();
  } catch (const Error&) {
    std::abort();  // what was written must be readable
  }
}

}  // namespace

void ConvertOnce(const std::string& file) {
  static const faults::ScratchDirectory scratch;
  faults::WriteWhole(scratch / "in.pt", file);
  for (const bool skip : {false, true}) {
    try {
      ConvertPt(scratch / "in.pt", scratch / "out.stone",
                {.write = {.threads = 1}, .skip_unknown = skip});
    } catch (const Error&) {
      continue;
    }
    ReadBack(scratch / "out.stone");
  }
}

}  // namespace statestone
