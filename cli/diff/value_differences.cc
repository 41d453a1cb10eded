#include "cli/diff/value_differences.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <string>
#include <unordered_map>
#include <utility>

#include "cli/inspect/value_text.h"
#include "statestone/display.h"

namespace statestone::cli {
namespace {

using walk::OpenedCheckpoint;

bool IsTensorDict(const Value& value) {
  return value.kind() == ValueKind::kTensorDict || value.kind() == ValueKind::kOrderedTensorDict;
}

bool IsMap(const Value& value) {
  return value.kind() == ValueKind::kMap || value.kind() == ValueKind::kOrderedMap;
}

bool IsSequence(const Value& value) {
  return value.kind() == ValueKind::kList || value.kind() == ValueKind::kTuple ||
         value.kind() == ValueKind::kSize;
}

bool IsSet(const Value& value) {
  return value.kind() == ValueKind::kSet || value.kind() == ValueKind::kFrozenSet;
}

bool SameMembers(const Value& a, const Value& b) {
  const auto texts = [](const Value& set) {
    std::vector<std::string> members;
    for (const Value& item : set.items()) {
      members.push_back(Name(item.kind()) + ValueText(item, std::size_t{1} << 20));
    }
    std::sort(members.begin(), members.end());
    return members;
  };
  return a.kind() == b.kind() && texts(a) == texts(b);
}

// What a model or a dict of tensors says beside its tensors, as a map of fields.
std::vector<std::pair<std::string, Value>> FieldsOf(const Checkpoint::Entry& entry) {
  std::vector<std::pair<std::string, Value>> fields;
  const auto* model = std::get_if<ModelSource>(&entry.body);
  if (model == nullptr) return fields;
  if (!model->architecture.empty()) fields.emplace_back("architecture", model->architecture);
  if (!model->architecture_version.empty()) {
    fields.emplace_back("architecture_version", model->architecture_version);
  }
  if (model->training != TrainingMode::kUnknown) {
    fields.emplace_back("training", model->training == TrainingMode::kTrain ? "train" : "eval");
  }
  if (!model->training_exceptions.empty()) {
    std::vector<Value> names(model->training_exceptions.begin(), model->training_exceptions.end());
    fields.emplace_back("training_exceptions", Value::List(std::move(names)));
  }
  if (!model->config.is_null()) fields.emplace_back("config", model->config);
  if (!model->metadata.is_null()) fields.emplace_back("metadata", model->metadata);
  return fields;
}

class ValueComparison {
 public:
  ValueComparison(const OpenedCheckpoint& a, const OpenedCheckpoint& b,
                  const std::optional<tensor_math::Tolerance>& tolerance,
                  std::vector<ValueDifference>& values, std::uint64_t& equal)
      : a_(a), b_(b), tolerance_(tolerance), values_(values), equal_(equal) {}

  void Run() {
    std::unordered_map<std::string_view, const Checkpoint::Entry*> in_b;
    for (const Checkpoint::Entry& entry : b_.entries()) in_b.emplace(entry.name, &entry);
    for (const Checkpoint::Entry& entry : a_.entries()) {
      const auto found = in_b.find(entry.name);
      const Checkpoint::Entry* other = found == in_b.end() ? nullptr : found->second;
      CompareEntries(entry.name, &entry, other);
      if (other != nullptr) in_b.erase(found);
    }
    for (const Checkpoint::Entry& entry : b_.entries()) {
      if (in_b.contains(entry.name)) CompareEntries(entry.name, nullptr, &entry);
    }
  }

 private:
  void CompareEntries(const std::string& name, const Checkpoint::Entry* a,
                      const Checkpoint::Entry* b) {
    const std::string path = EscapePathComponent(name);
    const auto value_of = [](const Checkpoint::Entry* entry) {
      return entry == nullptr ? nullptr : std::get_if<Value>(&entry->body);
    };
    Compare(path, value_of(a), value_of(b));
    const auto fields_a = a == nullptr ? Fields{} : FieldsOf(*a);
    const auto fields_b = b == nullptr ? Fields{} : FieldsOf(*b);
    const auto find = [](const Fields& fields, const std::string& field) -> const Value* {
      const auto at = std::find_if(fields.begin(), fields.end(),
                                   [&](const auto& pair) { return pair.first == field; });
      return at == fields.end() ? nullptr : &at->second;
    };
    for (const char* field : {"architecture", "architecture_version", "training",
                              "training_exceptions", "config", "metadata"}) {
      const Value* in_a = find(fields_a, field);
      const Value* in_b = find(fields_b, field);
      // The `_metadata` of a state_dict is the same, wherever it is kept.
      if (std::string_view(field) == "metadata") {
        if (in_a == nullptr) in_a = MetadataOf(value_of(a));
        if (in_b == nullptr) in_b = MetadataOf(value_of(b));
      }
      Compare(Below(path, std::string("\\#") + field), in_a, in_b);
    }
  }

  using Fields = std::vector<std::pair<std::string, Value>>;

  static const Value* MetadataOf(const Value* value) {
    if (value == nullptr || !IsTensorDict(*value) || value->attributes().is_null()) return nullptr;
    return value->attributes().Find("_metadata");
  }

  std::string Below(const std::string& path, const std::string& component) const {
    return path.empty() ? component : path + '/' + component;
  }

  // NOLINTNEXTLINE(misc-no-recursion): values are at most 64 deep
  void Compare(const std::string& path, const Value* a, const Value* b) {
    if (a == nullptr && b == nullptr) return;
    if (a != nullptr && b != nullptr) {
      if (IsMap(*a) && IsMap(*b)) return CompareMaps(path, *a, *b);
      if (IsSequence(*a) && a->kind() == b->kind()) return CompareSequences(path, *a, *b);
      if (a->kind() == ValueKind::kTensor && b->kind() == ValueKind::kTensor) {
        return CompareReferences(path, *a, *b);
      }
    }
    // Tensors are compared by themselves: of a value that holds some, what is not a tensor counts.
    const bool a_plain = a == nullptr || !HoldsTensors(*a);
    const bool b_plain = b == nullptr || !HoldsTensors(*b);
    if (a_plain && b_plain) {
      if (a != nullptr && b != nullptr && Same(*a, *b)) {
        ++equal_;
      } else {
        Add(path, a, b);
      }
      return;
    }
    // One side is, or holds, tensors: the other side's plain value stands alone.
    for (const Value* side : {a, b}) {
      if (side == nullptr) continue;
      const bool is_a = side == a;
      if (!HoldsTensors(*side)) {
        Add(path, is_a ? side : nullptr, is_a ? nullptr : side);
        continue;
      }
      for (std::size_t i = 0; i < side->items().size(); ++i) {
        const Value* item = &side->items()[i];
        const std::string component =
            side->keys().empty() ? std::to_string(i) : KeyComponent(side->keys()[i]);
        Compare(Below(path, component), is_a ? item : nullptr, is_a ? nullptr : item);
      }
    }
  }

  // NOLINTNEXTLINE(misc-no-recursion)
  void CompareMaps(const std::string& path, const Value& a, const Value& b) {
    std::unordered_map<std::string, const Value*> in_b;
    for (std::size_t i = 0; i < b.items().size(); ++i) {
      in_b.emplace(KeyComponent(b.keys()[i]), &b.items()[i]);
    }
    if (a.items().empty() && b.items().empty()) ++equal_;
    for (std::size_t i = 0; i < a.items().size(); ++i) {
      const std::string key = KeyComponent(a.keys()[i]);
      const auto found = in_b.find(key);
      Compare(Below(path, key), &a.items()[i], found == in_b.end() ? nullptr : found->second);
      if (found != in_b.end()) in_b.erase(found);
    }
    for (std::size_t i = 0; i < b.items().size(); ++i) {
      const std::string key = KeyComponent(b.keys()[i]);
      if (in_b.contains(key)) Compare(Below(path, key), nullptr, &b.items()[i]);
    }
    const Value* attributes_a = a.attributes().is_null() ? nullptr : &a.attributes();
    const Value* attributes_b = b.attributes().is_null() ? nullptr : &b.attributes();
    Compare(Below(path, "\\#attributes"), attributes_a, attributes_b);
  }

  // NOLINTNEXTLINE(misc-no-recursion)
  void CompareSequences(const std::string& path, const Value& a, const Value& b) {
    const std::size_t count = std::max(a.items().size(), b.items().size());
    if (count == 0) ++equal_;
    for (std::size_t i = 0; i < count; ++i) {
      Compare(Below(path, std::to_string(i)), i < a.items().size() ? &a.items()[i] : nullptr,
              i < b.items().size() ? &b.items()[i] : nullptr);
    }
  }

  // The tensors are compared under their own paths. Where several places refer to one tensor, it
  // has the path of the first: the others have to refer to the same one on both sides.
  void CompareReferences(const std::string& path, const Value& a, const Value& b) {
    const std::string& path_a = a_.tensor_paths()[a.AsTensor().index];
    const std::string& path_b = b_.tensor_paths()[b.AsTensor().index];
    if (path_a != path_b) Add(path, "tensor " + path_a, "tensor " + path_b);
  }

  bool Same(const Value& a, const Value& b) const {
    if (IsTensorDict(a) && IsTensorDict(b)) return true;
    if (IsSet(a) && IsSet(b)) return SameMembers(a, b);
    if (tolerance_ && a.kind() == ValueKind::kFloat64 && b.kind() == ValueKind::kFloat64) {
      return WithinTolerance(std::bit_cast<double>(a.number()), std::bit_cast<double>(b.number()));
    }
    return a == b;
  }

  bool WithinTolerance(double a, double b) const {
    if (a == b || (std::isnan(a) && std::isnan(b))) return true;
    const double distance = std::fabs(a - b);
    return std::isfinite(distance) &&
           distance <= tolerance_->absolute + tolerance_->relative * std::fabs(b);
  }

  void Add(const std::string& path, const Value* a, const Value* b) {
    ValueDifference difference{.path = path};
    if (a != nullptr) difference.a = *a;
    if (b != nullptr) difference.b = *b;
    values_.push_back(std::move(difference));
  }
  void Add(const std::string& path, std::string a, std::string b) {
    values_.push_back({path, Value(std::move(a)), Value(std::move(b))});
  }

  const OpenedCheckpoint& a_;
  const OpenedCheckpoint& b_;
  const std::optional<tensor_math::Tolerance>& tolerance_;
  std::vector<ValueDifference>& values_;
  std::uint64_t& equal_;
};

}  // namespace

void FindValueDifferences(const OpenedCheckpoint& a, const OpenedCheckpoint& b,
                          const std::optional<tensor_math::Tolerance>& tolerance,
                          std::vector<ValueDifference>& values, std::uint64_t& equal) {
  ValueComparison(a, b, tolerance, values, equal).Run();
}

}  // namespace statestone::cli
