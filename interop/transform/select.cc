#include "interop/transform/select.h"

#include <algorithm>
#include <map>
#include <optional>
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
        referred_to_(source.tensor_count()),
        stays_(source.tensor_count()),
        scope_of_(source.tensor_count()),
        tensors_(source.tensor_count()) {
    for (const Checkpoint::Entry& entry : source.entries()) {
      if (const auto* value = std::get_if<Value>(&entry.body)) Note(*value, true);
      if (const auto* model = std::get_if<ModelSource>(&entry.body)) {
        NoteScope(model->scope, true);
        Note(model->config, false);
        Note(model->metadata, false);
      }
    }
  }

  void SelectEntry(const Checkpoint::Entry& entry) {
    const std::string path = EscapePathComponent(entry.name);
    const bool is_root = entry.name.empty();
    if (const auto* value = std::get_if<Value>(&entry.body)) {
      if (auto kept = SelectValue(*value, path, is_root)) {
        selection_.checkpoint.AddValue(entry.name, *std::move(kept));
        return;
      }
    } else if (const auto* model = std::get_if<ModelSource>(&entry.body)) {
      if (const auto scope = SelectScope(model->scope, path, is_root)) {
        ModelSource kept = *model;
        kept.scope = *scope;
        kept.config = TakeWhole(model->config);
        kept.metadata = TakeWhole(model->metadata);
        selection_.checkpoint.AddModel(entry.name, std::move(kept));
        return;
      }
    } else if (keep_(path)) {
      selection_.checkpoint.AddAttachment(entry.name, std::get<AttachmentSource>(entry.body));
      return;
    }
    LeaveOut(path, is_root);
  }

  // Tensors that nothing refers to.
  void SelectUnreferenced() {
    for (std::uint32_t i = 0; i < tensors_.size(); ++i) {
      if (!referred_to_[i] && keep_(paths_[i])) Take({i});
    }
  }

 private:
  // NOLINTNEXTLINE(misc-no-recursion): values are at most 64 deep
  void Note(const Value& value, bool has_path) {
    if (value.kind() == ValueKind::kTensor) referred_to_[value.AsTensor().index] = true;
    if (text::IsTensorDict(value.kind())) NoteScope(value.AsScope(), has_path);
    for (const Value& item : value.items()) Note(item, has_path);
    if (!value.attributes().is_null()) Note(value.attributes(), false);
  }

  void NoteScope(ScopeRef scope, bool has_path) {
    for (const TensorRef tensor : source_.Tensors(scope)) {
      referred_to_[tensor.index] = true;
      stays_[tensor.index] = !has_path || keep_(paths_[tensor.index]);
      if (has_path && stays_[tensor.index]) scope_of_[tensor.index] = scope;
    }
  }

  // Of a node that goes whole only the node itself is listed; what lies below it came last.
  void LeaveOut(const std::string& path, bool is_root = false) {
    std::vector<std::string>& left_out = selection_.left_out;
    if (is_root) left_out.clear();
    while (!left_out.empty() && left_out.back().starts_with(path + '/')) left_out.pop_back();
    left_out.push_back(path);
  }

  // One tensor stays one, whichever of the places that refer to it comes first: with its name, if
  // that stays.
  TensorRef Take(TensorRef tensor) {
    std::optional<TensorRef>& taken = tensors_[tensor.index];
    const std::optional<ScopeRef> scope = scope_of_[tensor.index];
    if (!taken && scope) MakeScope(*scope);
    if (!taken) taken = selection_.checkpoint.AddAnonymousTensor(source_.tensor(tensor));
    return *taken;
  }

  // With the selection's numbers for the tensors in it, which have no paths of their own.
  Value TakeWhole(const Value& value) {
    const bool before = std::exchange(keep_all_, true);
    Value taken = *SelectValue(value, {}, false);
    keep_all_ = before;
    return taken;
  }

  bool Keep(const std::string& path) const { return keep_all_ || keep_(path); }

  // With the tensors of a scope that stay; the same one if it is asked for again.
  ScopeRef MakeScope(ScopeRef scope) {
    const auto [made, is_new] = scopes_.try_emplace(scope.index, ScopeRef{});
    if (!is_new) return made->second;
    made->second = selection_.checkpoint.AddScope();
    for (const TensorRef tensor : source_.Tensors(scope)) {
      if (!stays_[tensor.index]) continue;
      tensors_[tensor.index] =
          selection_.checkpoint.AddTensor(made->second, source_.tensor(tensor));
    }
    return made->second;
  }

  // Nothing if all tensors of a scope that had some are gone.
  std::optional<ScopeRef> SelectScope(ScopeRef scope, const std::string& path, bool is_root) {
    const auto tensors = source_.Tensors(scope);
    const auto is_gone = [this](TensorRef tensor) { return !stays_[tensor.index]; };
    if (tensors.empty() ? !Keep(path) : std::all_of(tensors.begin(), tensors.end(), is_gone)) {
      return std::nullopt;
    }
    for (const TensorRef tensor : tensors) {
      if (is_gone(tensor)) LeaveOut(text::PathInScope(path, is_root, source_.tensor(tensor).name));
    }
    return MakeScope(scope);
  }

  // NOLINTNEXTLINE(misc-no-recursion): values are at most 64 deep
  std::optional<Value> SelectValue(const Value& value, const std::string& path, bool is_root) {
    Value::Fields fields;
    fields.kind = value.kind();
    fields.number = value.number();
    fields.imaginary = value.imaginary();
    fields.bytes = value.raw_bytes();
    if (text::IsTensorDict(value.kind())) {
      const auto scope = SelectScope(value.AsScope(), path, is_root);
      if (!scope) return std::nullopt;
      fields.scope = scope->index;
    } else if (value.kind() == ValueKind::kTensor) {
      if (!Keep(path)) return std::nullopt;
      fields.tensor = Take(value.AsTensor()).index;
    } else if (value.kind() == ValueKind::kSize) {
      return Keep(path) ? std::optional(value) : std::nullopt;
    } else if (value.items().empty()) {
      if (!Keep(path)) return std::nullopt;
    } else if (!SelectMembers(value, path, is_root, fields)) {
      return std::nullopt;
    }
    if (!value.attributes().is_null()) {
      fields.attributes = std::make_unique<Value>(TakeWhole(value.attributes()));
    }
    return Value::FromFields(std::move(fields));
  }

  // Whether any stays.
  // NOLINTNEXTLINE(misc-no-recursion): values are at most 64 deep
  bool SelectMembers(const Value& value, const std::string& path, bool is_root,
                     Value::Fields& fields) {
    const bool is_map = value.kind() == ValueKind::kMap || value.kind() == ValueKind::kOrderedMap;
    const bool is_list = value.kind() == ValueKind::kList || value.kind() == ValueKind::kTuple;
    bool any = false;
    for (std::size_t i = 0; i < value.items().size(); ++i) {
      const std::string part = is_map ? KeyComponent(value.keys()[i]) : std::to_string(i);
      const std::string below = is_root ? part : std::string(path).append("/").append(part);
      auto kept = SelectValue(value.items()[i], below, false);
      any = any || kept;
      if (!kept) LeaveOut(below);
      if (!kept && !is_list) continue;
      if (is_map) fields.keys.push_back(value.keys()[i]);
      fields.items.push_back(kept ? *std::move(kept) : Value());
    }
    return any;
  }

  const Checkpoint& source_;
  const KeepPath& keep_;
  Selection& selection_;
  const std::vector<std::string> paths_;
  // Of the source's tensors:
  std::vector<bool> referred_to_;
  std::vector<bool> stays_;                        // of those in scopes
  std::vector<std::optional<ScopeRef>> scope_of_;  // of those that stay under a name in their path
  std::vector<std::optional<TensorRef>> tensors_;  // their numbers in the selection
  std::map<std::uint32_t, ScopeRef> scopes_;       // by number in the source
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
