// Takes a checkpoint of any kind to a file of another, for the tests in Python:
//   convert_program SRC DST stone|npy|npz [lossy]
// Prints one line for each thing that is lost; an error's code and text on standard error.
#include <iostream>
#include <map>
#include <string>

#include "statestone/convert.h"
#include "statestone/export.h"

int main(int count, char** arguments) {
  using statestone::FileKind;
  static const std::map<std::string, FileKind> kKinds = {{"npy", FileKind::kNumpy},
                                                         {"npz", FileKind::kNumpyZip}};
  if (count < 4) return 2;
  const std::string kind = arguments[3];
  try {
    if (kind == "stone") {
      statestone::ConvertFile(arguments[1], arguments[2]);
      return 0;
    }
    const auto imported = statestone::ImportCheckpoint(arguments[1]);
    const auto report = statestone::ExportCheckpoint(imported.checkpoint, arguments[2],
                                                     kKinds.at(kind), {.lossy = count > 4});
    for (const auto& lost : report.lost) std::cout << lost.path << ": " << lost.what << "\n";
    return 0;
  } catch (const statestone::Error& error) {
    std::cerr << Name(error.code()) << " " << error.what() << "\n";
    return 1;
  }
}
