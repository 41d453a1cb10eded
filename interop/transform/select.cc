#include "interop/transform/select.h"

#include <optional>
#include <set>
#include <utility>

#include "codec/text/display_path.h"
#include "codec/text/reference_walk.h"
#include "statestone/display.h"

namespace statestone {
namespace {

class Selector {
 public:
  Selector(const Checkpoint& source, const KeepPath& keep, Selection& selection)
      : source_(source),
        keep_(keep),
        selection_(selection),
        paths_(source.DisplayPaths()),
        tensors_(source.tensor_count()) {}

  void SelectEntry(const Checkpoint::Entry& entry) {
    const std::string path = EscapePathComponent(entry.name);
    is_root_ = entry.name.empty();
    if (const auto* value = std::get_if<Value>(&entry.body)) {
      if (auto kept = SelectValue(*value, path)) {
        selection_.checkpoint.AddValue(entry.name, *std::move(kept));
        return;
      }
    } else if (const auto* model = std::get_if<ModelSource>(&entry.body)) {
      ModelSource kept = *model;
      if (SelectScope(model->scope, path, kept.scope)) {
        kept.config = TakeWhole(model->config, path);
        kept.metadata = TakeWhole(model->metadata, path);
        selection_.checkpoint.AddModel(entry.name, std::move(kept));
        return;
      }
    } else if (keep_(path)) {
      selection_.checkpoint.AddAttachment(entry.name, std::get<AttachmentSource>(entry.body));
      return;
    }
    LeaveOut(path);
  }

  // Tensors that nothing refers to.
  void SelectUnreferenced() {
    for (std::uint32_t i = 0; i < tensors_.size(); ++i) {
      if (!seen_.contains(i) && keep_(paths_[i])) TakeAnonymous({i});
    }
  }

 private:
  // Of a node that goes whole only the node itself is listed; what lies below it came last.
  void LeaveOut(const std::string& path) {
    std::vector<std::string>& left_out = selection_.left_out;
    while (!left_out.empty() && left_out.back().starts_with(path + '/')) left_out.pop_back();
    left_out.push_back(path);
  }

  TensorRef TakeAnonymous(TensorRef tensor) {
    std::optional<TensorRef>& taken = tensors_[tensor.index];
    if (!taken) taken = selection_.checkpoint.AddAnonymousTensor(source_.tensor(tensor));
    return *taken;
  }

  // With the selection's numbers for the tensors in it.
  Value TakeWhole(const Value& value, const std::string& path) {
    const bool before = std::exchange(keep_all_, true);
    Value taken = *SelectValue(value, path);
    keep_all_ = before;
    return taken;
  }

  bool Keep(const std::string& path) const { return keep_all_ || keep_(path); }

  // Whether a new scope was made: not if all tensors of one that had some are gone.
  bool SelectScope(ScopeRef scope, const std::string& path, ScopeRef& made) {
    const auto tensors = source_.Tensors(scope);
    std::vector<TensorRef> kept;
    std::vector<std::string> gone;
    for (const TensorRef tensor : tensors) {
      seen_.insert(tensor.index);
      const std::string at =
          text::PathInScope(path, is_root_ && path.empty(), source_.tensor(tensor).name);
      if (Keep(at)) {
        kept.push_back(tensor);
      } else {
        gone.push_back(at);
      }
    }
    if (kept.empty() && !(tensors.empty() && Keep(path))) return false;
    for (const std::string& at : gone) LeaveOut(at);
    made = selection_.checkpoint.AddScope();
    for (const TensorRef tensor : kept) {
      selection_.checkpoint.AddTensor(made, source_.tensor(tensor));
    }
    return true;
  }

  // NOLINTNEXTLINE(misc-no-recursion): values are at most 64 deep
  std::optional<Value> SelectValue(const Value& value, const std::string& path) {
    Value::Fields fields;
    fields.kind = value.kind();
    fields.number = value.number();
    fields.imaginary = value.imaginary();
    fields.bytes = value.raw_bytes();
    if (!value.attributes().is_null()) {
      fields.attributes = std::make_unique<Value>(TakeWhole(value.attributes(), path));
    }
    if (text::IsTensorDict(value.kind())) {
      ScopeRef scope;
      if (!SelectScope(value.AsScope(), path, scope)) return std::nullopt;
      fields.scope = scope.index;
      return Value::FromFields(std::move(fields));
    }
    if (value.kind() == ValueKind::kTensor) {
      seen_.insert(value.AsTensor().index);
      if (!Keep(path)) return std::nullopt;
      return Value::Tensor(TakeAnonymous(value.AsTensor()));
    }
    const bool is_map = value.kind() == ValueKind::kMap || value.kind() == ValueKind::kOrderedMap;
    const bool is_list = value.kind() == ValueKind::kList || value.kind() == ValueKind::kTuple;
    const bool is_leaf = value.kind() == ValueKind::kSize || value.items().empty();
    if (is_leaf) return Keep(path) ? std::optional(value) : std::nullopt;
    bool any = false;
    for (std::size_t i = 0; i < value.items().size(); ++i) {
      const std::string part = is_map ? KeyComponent(value.keys()[i]) : std::to_string(i);
      const bool at_root = is_root_ && path.empty();
      const std::string below = at_root ? part : std::string(path).append("/").append(part);
      auto kept = SelectValue(value.items()[i], below);
      any = any || kept;
      if (!kept) LeaveOut(below);
      if (!kept && !is_list) continue;
      if (is_map) fields.keys.push_back(value.keys()[i]);
      fields.items.push_back(kept ? *std::move(kept) : Value());
    }
    if (!any) return std::nullopt;
    return Value::FromFields(std::move(fields));
  }

  const Checkpoint& source_;
  const KeepPath& keep_;
  Selection& selection_;
  const std::vector<std::string> paths_;
  std::vector<std::optional<TensorRef>> tensors_;  // of the selection; for anonymous ones
  std::set<std::uint32_t> seen_;
  bool is_root_ = false;
  bool keep_all_ = false;
};

}  // namespace

Selection Select(std::shared_ptr<const Checkpoint> source, const KeepPath& keep) {
  Selection selection;
  Selector selector(*source, keep, selection);
  for (const Checkpoint::Entry& entry : source->entries()) selector.SelectEntry(entry);
  selector.SelectUnreferenced();
  selection.checkpoint.Keep(std::move(source));
  return selection;
}

}  // namespace statestone
