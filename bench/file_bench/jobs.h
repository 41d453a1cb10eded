// What file_bench can be asked to do and measure.
#pragma once

#include <memory>
#include <nlohmann/json.hpp>

namespace statestone::bench {

/// Carries out jobs one after the other, on tensors that stay in memory between them.
///
/// | job | fields | measured |
/// |---|---|---|
/// | load | path | nothing: takes the tensors of a file as the model |
/// | small | count | nothing: makes a model of small tensors |
/// | save | path, threads, verify | from describing the tensors to a finished file |
/// | restore | path, threads, access ("map", "pread"), check | opening, reading into the model |
/// | memcpy | threads | the model copied into a second set of buffers |
/// | hash | threads | XXH3-64 of the model in pieces of a chunk |
/// | find | path, tensor | opening, listing all names, reading one tensor |
class Jobs {
 public:
  Jobs();
  ~Jobs();

  /// The answer to a job: `seconds`, the processor's `user_seconds` and `system_seconds` (which
  /// other programs on the machine disturb less), `bytes` of all tensors, and what else there is.
  nlohmann::json Do(const nlohmann::json& job);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace statestone::bench
