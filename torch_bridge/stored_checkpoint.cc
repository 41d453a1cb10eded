#include <map>
#include <mutex>
#include <utility>

#include "statestone/module.h"
#include "statestone/optimizer_state.h"
#include "statestone/rng.h"
#include "statestone/torch_checkpoint.h"
#include "torch_bridge/load_tensor.h"
#include "torch_bridge/optimizer_state/restore_optimizer.h"
#include "torch_bridge/restore.h"
#include "torch_bridge/stored_value.h"

namespace statestone {

struct StoredCheckpoint::State {
  State(Reader opened, const ReadOptions& options, const std::filesystem::path& file)
      : reader(std::move(opened)), writable_views(options.writable_views), path(file.native()) {}

  // Values are decoded once and kept, so that references to them may be.
  const Value& At(std::string_view name) const {
    const std::lock_guard lock(mutex);
    const auto found = values.find(name);
    if (found != values.end()) return *found->second;
    auto value = std::make_unique<const Value>(reader.ReadValue(name));
    return *values.emplace(std::string(name), std::move(value)).first->second;
  }

  Reader reader;
  bool writable_views;
  std::string path;
  mutable std::mutex mutex;
  mutable std::map<std::string, std::unique_ptr<const Value>, std::less<>> values;
};

StoredCheckpoint::StoredCheckpoint(Reader reader, const ReadOptions& options,
                                   const std::filesystem::path& path)
    : state_(std::make_shared<State>(std::move(reader), options, path)) {}

const Value& StoredCheckpoint::operator[](std::string_view name) const {
  try {
    return state_->At(name);
  } catch (const Error& error) {
    throw error.WithPath(state_->path);
  }
}

bool StoredCheckpoint::Contains(std::string_view name) const {
  return state_->reader.FindEntry(name).has_value();
}

RestoreReport StoredCheckpoint::Restore(std::string_view entry, torch::nn::Module& module,
                                        const RestoreOptions& options) const {
  try {
    return RestoreModule(state_->reader, state_->path, entry, module, options);
  } catch (const MismatchError&) {
    throw;  // WithPath would lose the report
  } catch (const Error& error) {
    throw error.WithPath(state_->path);
  }
}

RestoreReport StoredCheckpoint::Restore(std::string_view entry, torch::optim::Optimizer& optimizer,
                                        const torch::nn::Module& module,
                                        const RestoreOptions& options) const {
  try {
    return RestoreOptimizer(state_->reader, state_->path, entry, optimizer, NamedTensors(module),
                            options);
  } catch (const MismatchError&) {
    throw;  // WithPath would lose the report
  } catch (const Error& error) {
    throw error.WithPath(state_->path);
  }
}

void StoredCheckpoint::Restore(std::string_view entry, optim::Scheduler& scheduler) const {
  try {
    const Value value = FindStoredValue(state_->reader, entry);
    const auto tagged = ReadSchedulerState(value);
    if (!tagged && !TagOf(value).empty()) {
      throw Error(ErrorCode::kInvalidArgument, {.entry = std::string(entry),
                                                .problem = "this entry is no scheduler",
                                                .found = std::string(TagOf(value))});
    }
    if (tagged && tagged->algorithm != scheduler.TypeName()) {
      throw Error(ErrorCode::kMismatch, {.entry = std::string(entry),
                                         .problem = "the file has the state of another scheduler",
                                         .expected = std::string(scheduler.TypeName()),
                                         .found = tagged->algorithm,
                                         .advice = "make the scheduler that was saved"});
    }
    scheduler.LoadStateDict(tagged ? tagged->state : value);
  } catch (const Error& error) {
    throw error.WithPath(state_->path);
  }
}

void StoredCheckpoint::RestoreRng(std::string_view entry) const {
  try {
    const at::Tensor state = LoadCopy(state_->reader, entry);
    if (state.scalar_type() != at::kByte || state.nbytes() != cpu_rng_state_bytes) {
      throw Error(ErrorCode::kMismatch,
                  {.entry = std::string(entry),
                   .problem = "this is no state of the CPU's random numbers",
                   .expected = "uint8 [" + std::to_string(cpu_rng_state_bytes) + "]",
                   .found = std::string(state.toString()) + " of " + std::to_string(state.numel()) +
                            " elements"});
    }
    SetCpuRngState({static_cast<const char*>(state.const_data_ptr()), state.nbytes()});
  } catch (const Error& error) {
    throw error.WithPath(state_->path);
  }
}

at::Tensor StoredCheckpoint::LoadTensor(std::string_view path,
                                        const LoadTensorOptions& options) const {
  try {
    if (!options.view) return LoadCopy(state_->reader, path);
    return LoadView(state_->reader, path, state_->writable_views);
  } catch (const Error& error) {
    throw error.WithPath(state_->path);
  }
}

const Reader& StoredCheckpoint::reader() const noexcept { return state_->reader; }

}  // namespace statestone
