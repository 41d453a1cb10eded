#include "statestone/schedulers/per_group.h"

#include <string>

#include "statestone/error.h"

namespace statestone::optim {

std::vector<Number> PerGroup::For(std::size_t groups, std::string_view name) const {
  if (!for_each_) return std::vector<Number>(groups, numbers_.front());
  if (numbers_.size() == groups) return numbers_;
  throw Error(ErrorCode::kInvalidArgument,
              {.problem = "the list " + std::string(name) + " has another length",
               .expected = std::to_string(groups) + ", one for each parameter group",
               .found = std::to_string(numbers_.size())});
}

std::optional<Number> PerGroup::ForAll() const {
  if (for_each_) return std::nullopt;
  return numbers_.front();
}

}  // namespace statestone::optim
