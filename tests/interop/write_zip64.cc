// Writes the archives of zip64_files.h into a folder, for the tests in Python.
#include "tests/interop/zip64_files.h"

int main(int count, char** arguments) {
  if (count != 2) return 2;
  const std::filesystem::path folder = arguments[1];
  statestone::WriteWideSizes(folder / "wide.zip");
  statestone::WriteFarPlaces(folder / "far.zip");
  statestone::WriteManyMembers(folder / "many.zip");
  statestone::WriteManyMembers(folder / "65534.zip", 65534);
  statestone::WriteManyMembers(folder / "65535.zip", 65535);
  return 0;
}
