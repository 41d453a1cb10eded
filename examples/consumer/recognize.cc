// Says what the files on the command line are, by their contents.
#include <statestone/convert.h>

#include <iostream>

int main(int count, char** paths) {
  for (int i = 1; i < count; ++i) {
    std::cout << paths[i] << ": " << statestone::Name(statestone::RecognizeFile(paths[i])) << "\n";
  }
}
