#include "statestone/rng.h"

#include <ATen/CPUGeneratorImpl.h>
#include <torch/torch.h>

#include <cstring>
#include <mutex>

#include "statestone/error.h"

namespace statestone {
namespace {

std::string StateOf(at::Generator generator) {
  const std::lock_guard<std::mutex> lock(generator.mutex());
  const at::Tensor state = generator.get_state();
  return {static_cast<const char*>(state.const_data_ptr()), state.nbytes()};
}

void SetState(at::Generator generator, std::string_view bytes) {
  const at::Tensor state = torch::empty({static_cast<int64_t>(bytes.size())}, at::kByte);
  std::memcpy(state.mutable_data_ptr(), bytes.data(), bytes.size());
  const std::lock_guard<std::mutex> lock(generator.mutex());
  try {
    generator.set_state(state);
  } catch (const c10::Error& error) {
    throw Error(ErrorCode::kInvalidArgument,
                {.problem = "torch does not take these bytes for a state of its generator",
                 .found = error.what_without_backtrace(),
                 .advice = "take them from a generator of the same kind and version of torch"});
  }
}

at::Generator CudaGenerator(std::size_t device) {
  return at::globalContext().defaultGenerator(
      at::Device(at::kCUDA, static_cast<c10::DeviceIndex>(device)));
}

void RequireSize(std::string_view state, std::size_t size) {
  if (state.size() == size) return;
  throw Error(ErrorCode::kInvalidArgument,
              {.problem = "this is not a state of a random number generator",
               .expected = std::to_string(size) + " bytes",
               .found = std::to_string(state.size()) + " bytes",
               .advice = "take it from a generator of the same kind and version of torch"});
}

}  // namespace

std::string CpuRngState() { return StateOf(at::detail::getDefaultCPUGenerator()); }

void SetCpuRngState(std::string_view state) {
  RequireSize(state, cpu_rng_state_bytes);
  SetState(at::detail::getDefaultCPUGenerator(), state);
}

std::vector<std::string> CudaRngStates() {
  std::vector<std::string> states;
  for (std::size_t i = 0; i < torch::cuda::device_count(); ++i) {
    states.push_back(StateOf(CudaGenerator(i)));
  }
  return states;
}

void SetCudaRngStates(const std::vector<std::string>& states) {
  const std::vector<std::string> before = CudaRngStates();
  if (states.size() != before.size()) {
    throw Error(ErrorCode::kInvalidArgument,
                {.problem = "there is not one state for each CUDA device",
                 .expected = std::to_string(before.size()),
                 .found = std::to_string(states.size())});
  }
  for (std::size_t i = 0; i < states.size(); ++i) RequireSize(states[i], before[i].size());
  for (std::size_t i = 0; i < states.size(); ++i) SetState(CudaGenerator(i), states[i]);
}

}  // namespace statestone
