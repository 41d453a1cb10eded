#include "codec/text/display_path.h"

#include <utility>

#include "statestone/display.h"

namespace statestone::text {

std::string UnreferencedPath(std::uint32_t tensor) {
  return std::string(kUnreferenced) + std::to_string(tensor);
}

std::string PathInScope(std::string_view scope_path, bool is_root, std::string_view name) {
  std::string path;
  if (!is_root) {
    path += scope_path;
    path += '/';
  }
  return path += EscapePathComponent(name);
}

void TensorPaths::SetInScope(std::uint32_t tensor, std::string path) {
  named_[tensor] = true;
  paths_[tensor] = std::move(path);
}

void TensorPaths::SetReference(std::uint32_t tensor, std::string path) {
  if (!named_[tensor]) SetInScope(tensor, std::move(path));
}

std::vector<std::string> TensorPaths::Take() {
  for (std::uint32_t i = 0; i < paths_.size(); ++i) {
    if (!named_[i]) paths_[i] = UnreferencedPath(i);
  }
  return std::move(paths_);
}

}  // namespace statestone::text
