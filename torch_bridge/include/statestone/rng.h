// The states of torch's random number generators as bytes.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace statestone {

/// Size of the CPU generator's state in torch 2.13, in C++ and in Python.
inline constexpr std::size_t cpu_rng_state_bytes = 5056;

/// The state of the default CPU generator: the bytes of Python's `torch.get_rng_state()`. Takes the
/// generator's lock, as what draws numbers does.
std::string CpuRngState();

/// Puts the default CPU generator into this state: what it draws next is what it drew after the
/// state was taken, in either language. Takes the generator's lock.
/// \throws Error invalid_argument: not cpu_rng_state_bytes bytes, or not a state of that generator;
///     it then stays as it was
void SetCpuRngState(std::string_view state);

/// The state of the default generator of each CUDA device, as `torch.cuda.get_rng_state_all()`;
/// empty where there is none.
std::vector<std::string> CudaRngStates();

/// \throws Error invalid_argument: not one state for each CUDA device, or one of another size than
///     the device's generator has; all of them then stay as they were
void SetCudaRngStates(const std::vector<std::string>& states);

}  // namespace statestone
