#include "statestone/torch_checkpoint.h"

#include <cstring>
#include <deque>
#include <unordered_map>
#include <utility>
#include <variant>

#include "statestone/display.h"
#include "statestone/module.h"
#include "statestone/rng.h"
#include "torch_bridge/carry_value.h"
#include "torch_bridge/optimizer_state/describe_optimizer.h"
#include "torch_bridge/optimizer_state/optimizer_kind.h"
#include "torch_bridge/tensor_source.h"

namespace statestone {
namespace {

struct ModelEntry {
  std::vector<NamedTensor> tensors;
  TrainingFlags flags;
  ModelDetails details;
};

struct OptimizerEntry {
  const torch::optim::Optimizer* optimizer;
  std::string model;
  std::vector<NamedTensor> parameters;  // of the model
};

struct SchedulerEntry {
  const optim::Scheduler* scheduler;
  std::string optimizer;
};

// An entry of another file.
struct CarriedEntry {
  Reader reader;
};

struct RngEntry {};

using TensorDictEntry = std::vector<NamedTensor>;

struct Entry {
  std::string name;
  std::variant<Value, at::Tensor, TensorDictEntry, ModelEntry, OptimizerEntry, SchedulerEntry,
               CarriedEntry, RngEntry>
      content;
};

// A reference into some file would point at another tensor in this one.
void RequireNoReferences(const Value& value, const std::string& entry) {
  switch (value.kind()) {
    case ValueKind::kTensor:
    case ValueKind::kTensorDict:
    case ValueKind::kOrderedTensorDict:
      throw Error(
          ErrorCode::kUnrepresentable,
          {.entry = entry,
           .problem = "a value that refers to tensors of a file",
           .found = Name(value.kind()),
           .advice = "take the whole entry over with Carry, or add tensors with AddTensors"});
    default:
      break;
  }
  for (const Value& key : value.keys()) RequireNoReferences(key, entry);
  for (const Value& item : value.items()) RequireNoReferences(item, entry);
  if (!value.attributes().is_null()) RequireNoReferences(value.attributes(), entry);
}

// As Python's torch.get_rng_state() gives it.
at::Tensor RngTensor() {
  const std::string state = CpuRngState();
  at::Tensor tensor = at::empty({static_cast<std::int64_t>(state.size())}, at::kByte);
  std::memcpy(tensor.mutable_data_ptr(), state.data(), state.size());
  return tensor;
}

// Describes entries to a Writer. Owns the host copies that the Writer reads when it finishes.
class Describer {
 public:
  explicit Describer(Writer& writer) : writer_(writer) {}

  // All tensors at once, so that ties between entries survive the way to the CPU.
  void Collect(const std::deque<Entry>& entries) {
    for (const Entry& entry : entries) {
      const std::string path = EscapePathComponent(entry.name);
      if (const auto* tensor = std::get_if<at::Tensor>(&entry.content)) {
        Collect(*tensor, path);
      } else if (const auto* model = std::get_if<ModelEntry>(&entry.content)) {
        Collect(model->tensors, path);
      } else if (const auto* dict = std::get_if<TensorDictEntry>(&entry.content)) {
        Collect(*dict, path);
      } else if (const auto* optimizer = std::get_if<OptimizerEntry>(&entry.content)) {
        Collect(*optimizer, path);
      } else if (std::holds_alternative<RngEntry>(entry.content)) {
        Collect(RngTensor(), path);
      }
    }
    BringToHost(tensors_);
  }

  void operator()(const Entry& entry) {
    std::visit([&](const auto& content) { Add(entry.name, content); }, entry.content);
  }

 private:
  void Collect(const at::Tensor& tensor, const std::string& path) {
    RequireRepresentable(tensor, path);
    tensors_.push_back(tensor);
  }

  void Collect(const std::vector<NamedTensor>& tensors, const std::string& path) {
    for (const NamedTensor& tensor : tensors) {
      Collect(tensor.tensor, path + (path.empty() ? "" : "/") + EscapePathComponent(tensor.name));
    }
  }

  void Collect(const OptimizerEntry& entry, const std::string& path) {
    OptimizerState described =
        DescribeOptimizer(*entry.optimizer, entry.parameters, path, tensors_);
    described.model = EscapePathComponent(entry.model);
    optimizers_.push_back({std::move(described), tensors_.size()});
  }

  void Add(const std::string& name, const Value& value) {
    RequireNoReferences(value, EscapePathComponent(name));
    writer_.AddValue(name, value);
  }

  void Add(const std::string& name, const at::Tensor&) {
    const TensorSource source = Describe(tensors_[next_++], {}, TensorKind::kTensor);
    writer_.AddValue(name, Value::Tensor(writer_.AddAnonymousTensor(source)));
  }

  void Add(const std::string& name, const SchedulerEntry& entry) {
    writer_.AddValue(name, MakeSchedulerValue({std::string(entry.scheduler->TypeName()),
                                               EscapePathComponent(entry.optimizer),
                                               entry.scheduler->StateDict()}));
  }

  void Add(const std::string& name, const CarriedEntry& entry) {
    const Value value = entry.reader.ReadValue(name);
    writer_.AddValue(name, CarryValue(entry.reader, value, writer_, carried_));
  }

  void Add(const std::string& name, const RngEntry&) { Add(name, at::Tensor()); }

  void Add(const std::string& name, const OptimizerEntry&) {
    const auto& [described, tensors_end] = optimizers_[next_optimizer_++];
    writer_.AddValue(name, WriteOptimizer(described, tensors_, writer_));
    next_ = tensors_end;
  }

  void Add(const std::string& name, const TensorDictEntry& tensors) {
    writer_.AddValue(name, Value::TensorDict(AddScope(tensors)));
  }

  void Add(const std::string& name, const ModelEntry& model) {
    writer_.AddModel(name, {.scope = AddScope(model.tensors),
                            .architecture = model.details.architecture,
                            .architecture_version = model.details.architecture_version,
                            .config = model.details.config,
                            .training = model.flags.root,
                            .training_exceptions = model.flags.exceptions});
  }

  ScopeRef AddScope(const std::vector<NamedTensor>& tensors) {
    const ScopeRef scope = writer_.AddScope();
    for (const NamedTensor& tensor : tensors) {
      writer_.AddTensor(scope, Describe(tensors_[next_++], tensor.name, tensor.kind));
    }
    return scope;
  }

  Writer& writer_;
  std::vector<at::Tensor> tensors_;  // of all entries, one behind the other
  std::size_t next_ = 0;
  std::vector<std::pair<OptimizerState, std::size_t>> optimizers_;  // and where their tensors end
  std::size_t next_optimizer_ = 0;
  std::vector<at::Tensor> carried_;  // memory of tensors from other files
};

}  // namespace

struct TorchCheckpoint::Contents {
  std::deque<Entry> entries;  // references to values stay valid
  std::unordered_map<std::string, Entry*> by_name;

  Entry& Add(std::string name, decltype(Entry::content) content) {
    if (by_name.contains(name)) {
      throw Error(ErrorCode::kInvalidArgument, {.entry = EscapePathComponent(name),
                                                .problem = "there is an entry of this name",
                                                .advice = "give each entry a name of its own"});
    }
    entries.push_back({name, std::move(content)});
    by_name.emplace(std::move(name), &entries.back());
    return entries.back();
  }
};

TorchCheckpoint::TorchCheckpoint() : contents_(std::make_unique<Contents>()) {}
TorchCheckpoint::~TorchCheckpoint() = default;
TorchCheckpoint::TorchCheckpoint(TorchCheckpoint&&) noexcept = default;
TorchCheckpoint& TorchCheckpoint::operator=(TorchCheckpoint&&) noexcept = default;

StoredCheckpoint TorchCheckpoint::Open(const std::filesystem::path& path,
                                       const ReadOptions& options) {
  return StoredCheckpoint(Reader::Open(path, options), options, path);
}

void TorchCheckpoint::AddModel(std::string name, const torch::nn::Module& module,
                               ModelDetails details) {
  contents_->Add(std::move(name),
                 ModelEntry{NamedTensors(module), ReadTrainingFlags(module), std::move(details)});
}

void TorchCheckpoint::AddOptimizer(std::string name, const torch::optim::Optimizer& optimizer,
                                   std::string model) {
  KindOf(optimizer);
  const auto found = contents_->by_name.find(model);
  const auto* entry = found == contents_->by_name.end()
                          ? nullptr
                          : std::get_if<ModelEntry>(&found->second->content);
  if (entry == nullptr) {
    throw Error(ErrorCode::kInvalidArgument,
                {.entry = EscapePathComponent(model),
                 .problem = "there is no model of this name for the optimizer",
                 .advice = "add the model with AddModel first"});
  }
  contents_->Add(std::move(name), OptimizerEntry{&optimizer, std::move(model), entry->tensors});
}

void TorchCheckpoint::AddScheduler(std::string name, const optim::Scheduler& scheduler,
                                   std::string optimizer) {
  contents_->Add(std::move(name), SchedulerEntry{&scheduler, std::move(optimizer)});
}

void TorchCheckpoint::Carry(std::string name, const StoredCheckpoint& from) {
  from.reader().ReadValue(name);  // refuses what is none
  contents_->Add(std::move(name), CarriedEntry{from.reader()});
}

void TorchCheckpoint::AddRng(std::string name) { contents_->Add(std::move(name), RngEntry{}); }

void TorchCheckpoint::AddTensor(std::string name, at::Tensor tensor) {
  contents_->Add(std::move(name), std::move(tensor));
}

void TorchCheckpoint::AddTensors(std::string name,
                                 std::vector<std::pair<std::string, at::Tensor>> tensors) {
  TensorDictEntry entry;
  for (auto& [key, tensor] : tensors) {
    entry.push_back({std::move(key), std::move(tensor), TensorKind::kTensor});
  }
  contents_->Add(std::move(name), std::move(entry));
}

Value& TorchCheckpoint::operator[](std::string_view name) {
  const auto found = contents_->by_name.find(std::string(name));
  Entry& entry = found == contents_->by_name.end() ? contents_->Add(std::string(name), Value())
                                                   : *found->second;
  if (auto* value = std::get_if<Value>(&entry.content)) return *value;
  throw Error(ErrorCode::kInvalidArgument, {.entry = EscapePathComponent(name),
                                            .problem = "this entry is not a plain value",
                                            .advice = "give the value another name"});
}

WriteSummary TorchCheckpoint::Save(const std::filesystem::path& path,
                                   const WriteOptions& options) const {
  try {
    Writer writer(path, options);
    Describer describe(writer);
    describe.Collect(contents_->entries);
    for (const Entry& entry : contents_->entries) describe(entry);
    return writer.Finish();
  } catch (const Error& error) {
    throw error.WithPath(path.native());
  }
}

}  // namespace statestone
