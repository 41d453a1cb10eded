// A checkpoint of a training run: what is to be saved, and what was.
#pragma once

#include <torch/nn/module.h>
#include <torch/optim/optimizer.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "statestone/options.h"
#include "statestone/reader.h"
#include "statestone/report.h"
#include "statestone/schedulers/scheduler.h"
#include "statestone/value.h"
#include "statestone/writer.h"

namespace statestone {

class StoredCheckpoint;

/// What may be kept with a model besides its tensors.
struct ModelDetails {
  std::string architecture = {};          ///< your name for it, never a class path
  std::string architecture_version = {};  ///< your version of it
  Value config = {};                      ///< such as the arguments of its constructor
};

/// What is to be saved: an ordered map of named models, tensors and plain values. Not thread-safe.
/// It holds handles to tensors, no copies: Save writes the values that they have then, so one
/// checkpoint can be filled once and saved after each epoch.
class TorchCheckpoint {
 public:
  TorchCheckpoint();
  ~TorchCheckpoint();
  TorchCheckpoint(TorchCheckpoint&&) noexcept;
  TorchCheckpoint& operator=(TorchCheckpoint&&) noexcept;

  /// Opens a file for reading. Cost: that of Reader::Open; no tensor is read.
  /// \throws Error as Reader::Open
  static StoredCheckpoint Open(const std::filesystem::path& path, const ReadOptions& options = {});

  /// Parameters and buffers of `module` and all its submodules as NamedTensors gives them, with
  /// their ties, strides and requires_grad, and the training flags of now.
  /// \throws Error invalid_argument if there is an entry of that name
  void AddModel(std::string name, const torch::nn::Module& module, ModelDetails details = {});

  /// The state and the options of an optimizer of SGD, Adam, AdamW, RMSprop, Adagrad or LBFGS, by
  /// the names that its parameters have in `model`, an entry that AddModel has added. Python reads
  /// it as an optimizer of its own. What a restore from a file left in it that C++ has no place
  /// for, such as options of Python alone, is written again as it was. Save writes the state of
  /// then; the optimizer must live until then. \throws Error invalid_argument (there is an entry
  ///     of that name, or no model `model`; a class that is not known)
  void AddOptimizer(std::string name, const torch::optim::Optimizer& optimizer, std::string model);

  /// The state of a scheduler of ours, and the entry of the optimizer that it steers, which may be
  /// empty. Save writes the state of then; the scheduler must live until then. \throws Error
  ///     invalid_argument
  void AddScheduler(std::string name, const optim::Scheduler& scheduler,
                    std::string optimizer = {});

  /// The state of the default generator of random numbers of the CPU, as Save finds it: what
  /// Python's torch.get_rng_state() gives. \throws Error invalid_argument
  void AddRng(std::string name);

  /// An entry of an open file, with all its tensors, as it stands there: an optimizer that C++ has
  /// no class for, or whatever else should pass through. It must be a value. Save reads its tensors
  /// into memory; ties among them are not kept. \throws Error invalid_argument (there is an entry
  /// of
  ///     that name; the file's is no value), not_found
  void Carry(std::string name, const StoredCheckpoint& from);

  /// One tensor as an entry of its own. \throws Error invalid_argument
  void AddTensor(std::string name, at::Tensor tensor);
  /// Named tensors that are no module, such as averaged weights. \throws Error invalid_argument
  void AddTensors(std::string name, std::vector<std::pair<std::string, at::Tensor>> tensors);

  /// A plain value, made if it is not there: `checkpoint["epoch"] = 12`. The reference stays valid
  /// as long as the checkpoint. \throws Error invalid_argument if the entry is not a value
  Value& operator[](std::string_view name);

  /// Writes the file as Writer does: on any failure a file at `path` stays as it was. Tensors must
  /// not be changed while it runs. Those of other devices are copied to the CPU first, all at once.
  /// \throws Error unrepresentable (names the tensor: sparse, quantized, conjugate or negative
  /// view,
  ///     without memory; a value that refers to tensors of a file), io, limit, canceled
  WriteSummary Save(const std::filesystem::path& path, const WriteOptions& options = {}) const;

 private:
  struct Contents;
  std::unique_ptr<Contents> contents_;
};

struct LoadTensorOptions {
  /// Give the file's own bytes, mapped copy-on-write, where they stand there uncompressed: no copy,
  /// and writing never reaches the file. All views of one open file share the memory of a tensor.
  /// Needs ReadOptions::writable_views. Compressed tensors are decoded into memory of their own.
  bool view = false;
};

/// A checkpoint file, open for reading. A cheap handle, as Reader. Thread-safe, except that a
/// module may be restored by one thread at a time.
class StoredCheckpoint {
 public:
  /// For a Reader that is open already; `options` are those it was opened with, and `path` is what
  /// errors name.
  explicit StoredCheckpoint(Reader reader, const ReadOptions& options = {},
                            const std::filesystem::path& path = {});

  /// The plain value of an entry. The reference lives as long as some copy of this.
  /// \throws Error not_found; invalid_argument if the entry is of another kind
  const Value& operator[](std::string_view name) const;
  bool Contains(std::string_view name) const;

  /// Copies a stored model, or dict of tensors (what a converted state_dict is), into a module
  /// whose tensors keep their identity and memory. `entry` is the entry's name, "" for a file that
  /// is one state_dict, or a display path to a dict inside a value ("checkpoint/model").
  ///
  /// All or nothing: names, shapes and types are checked first, then all bytes are read and
  /// checked, and only then is the module changed. Peak memory: one more copy of the tensors that
  /// are stored compressed; `in_place` does without. Tied parameters may stand in the file under
  /// one of their names or under all. \throws MismatchError with the whole report; Error not_found,
  /// invalid_argument (entry of
  ///     another kind, rename pair that is neither name nor prefix), unrepresentable (a tensor of
  ///     the module without memory), corrupt, unsupported, limit, io, canceled
  RestoreReport Restore(std::string_view entry, torch::nn::Module& module,
                        const RestoreOptions& options = {}) const;

  /// Puts a stored optimizer into one of the same class: state and options, by the names of the
  /// parameters in `module`, the order and split of the groups being as they may. Moments keep
  /// their element types. All or nothing. Options and state that C++ has no place for stay with the
  /// optimizer, for AddOptimizer. `entry` is an entry's name or the display path of a value.
  /// \throws MismatchError with the whole report; Error mismatch (another class; a value that does
  ///     not fit), unsupported (it asks for what C++ does not do: `maximize`), invalid_argument
  ///     (the entry is no optimizer; a parameter that the module does not have), not_found,
  ///     corrupt, limit, io, canceled
  RestoreReport Restore(std::string_view entry, torch::optim::Optimizer& optimizer,
                        const torch::nn::Module& module, const RestoreOptions& options = {}) const;

  /// Gives a scheduler the state that AddScheduler or Python saved, a plain `state_dict()` too.
  /// Make schedulers first, since that sets learning rates, then restore the optimizer, then these.
  /// \throws Error mismatch (another class; names the key that does not fit), invalid_argument (the
  ///     entry is no scheduler), not_found, corrupt, io. The scheduler is then as it was.
  void Restore(std::string_view entry, optim::Scheduler& scheduler) const;

  /// Sets the default generator of random numbers of the CPU, from what AddRng or Python's
  /// torch.get_rng_state() saved. \throws Error not_found, mismatch (no such state), corrupt, io
  void RestoreRng(std::string_view entry) const;

  /// One tensor by display path ("model/fc.weight"), on the CPU, with the strides of the file where
  /// these are dense. It does not require a gradient.
  /// \throws Error not_found, corrupt, unsupported, limit, io; invalid_argument (a view of a file
  ///     that was not opened with writable_views)
  at::Tensor LoadTensor(std::string_view path, const LoadTensorOptions& options = {}) const;

  /// What is in the file.
  const Reader& reader() const noexcept;

 private:
  struct State;
  std::shared_ptr<const State> state_;
};

}  // namespace statestone
