// Statestone's side of the comparison in bench/compare: reads jobs as lines of JSON on standard
// input, does them in turn, and answers each with a line of JSON. So its runs and those of others
// can alternate, and its buffers are as warm as theirs.
#include <exception>
#include <iostream>
#include <string>

#include "bench/file_bench/jobs.h"

int main() {
  statestone::bench::Jobs jobs;
  std::string line;
  while (std::getline(std::cin, line)) {
    try {
      std::cout << jobs.Do(nlohmann::json::parse(line)).dump() << std::endl;
    } catch (const std::exception& error) {
      std::cout << nlohmann::json{{"error", error.what()}}.dump() << std::endl;
    }
  }
}
