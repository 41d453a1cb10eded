#include "torch_bridge/cpu_rng.h"

#include <ATen/CPUGeneratorImpl.h>

#include <mutex>
#include <string>

#include "statestone/error.h"

namespace statestone {
namespace {

at::Generator DefaultGenerator() { return at::detail::getDefaultCPUGenerator(); }

}  // namespace

at::Tensor CpuRngState() {
  at::Generator generator = DefaultGenerator();
  const std::lock_guard lock(generator.mutex());
  return generator.get_state();
}

void SetCpuRngState(const at::Tensor& state, std::string_view entry) {
  const at::Tensor now = CpuRngState();
  if (state.scalar_type() != now.scalar_type() || state.sizes() != now.sizes()) {
    throw Error(ErrorCode::kMismatch,
                {.entry = std::string(entry),
                 .problem = "this is no state of the CPU's random numbers",
                 .expected = "uint8 [" + std::to_string(now.numel()) + "]",
                 .found = std::string(state.toString()) + " of " + std::to_string(state.numel()) +
                          " elements"});
  }
  at::Generator generator = DefaultGenerator();
  const std::lock_guard lock(generator.mutex());
  generator.set_state(state);
}

}  // namespace statestone
