#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "codec/check/require.h"
#include "codec/container/index.h"
#include "codec/container/index_error.h"
#include "codec/container/value_rules.h"
#include "statestone/display.h"
#include "statestone/limits.h"
#include "statestone/value.h"

namespace statestone::container {
namespace {

constexpr std::uint32_t kNone = 0xFFFFFFFF;

std::string_view BytesOf(const schema::Value& value) {
  if (value.bytes() == nullptr) return {};
  return {reinterpret_cast<const char*>(value.bytes()->data()), value.bytes()->size()};
}

// Walks everything that entries refer to once, and counts what it costs: an honest index shares no
// text, so the text visited is never more than the index itself.
class EntryChecker {
 public:
  explicit EntryChecker(const Index& index)
      : index_(index), scope_used_(index.scopes.size()), budget_(index.raw().size()) {}

  void CheckAll() {
    if (const auto* features = index_.root().write_features()) {
      for (const auto* feature : *features) Text(feature, "a write feature");
    }
    Text(index_.root().writer(), "the writer's name");
    if (const auto* rows = index_.root().foreign_dtypes()) {
      for (const auto* row : *rows) Spend(row->name()->size());
    }
    CheckEntryNames();
    for (std::size_t i = 0; i < index_.entry_count(); ++i) CheckBody(index_.entry(i));
    // Entries of kinds to come may own scopes in ways that are not known here.
    if (has_unknown_entries_) return;
    for (std::size_t s = 0; s < scope_used_.size(); ++s) {
      Require(CheckSite::kScopeUse, scope_used_[s] || index_.scopes[s].kind() != 0,
              [&] { return IndexCorrupt("no entry or value uses scope " + std::to_string(s)); });
    }
  }

 private:
  void Spend(std::uint64_t bytes) {
    Require(CheckSite::kIndexBudget, bytes <= budget_,
            [] { return IndexCorrupt("its texts share bytes and would expand"); });
    budget_ -= bytes;
  }

  void Text(const flatbuffers::String* text, const char* what) {
    if (text == nullptr) return;
    Spend(text->size());
    Require(CheckSite::kValueText, IsValidUtf8(text->string_view()), [&] {
      return IndexCorrupt(std::string(what) + " is not UTF-8", "", text->str(), entry_);
    });
  }

  void CheckEntryNames() {
    std::unordered_set<std::string_view> names;
    for (std::size_t i = 0; i < index_.entry_count(); ++i) {
      const auto* text = index_.entry(i).name();
      const std::string_view name = text->string_view();
      Spend(name.size());
      Require(CheckSite::kNameLimit, name.size() <= limits::kNameBytes, [&] {
        return IndexLimit("an entry's name is too long", limits::kNameBytes, name.size());
      });
      Require(CheckSite::kEntryNameUtf8, IsValidUtf8(name),
              [&] { return IndexCorrupt("an entry's name is not UTF-8", "", std::string(name)); });
      Require(CheckSite::kEntryNames,
              names.insert(name).second && (!name.empty() || index_.entry_count() == 1), [&] {
                return IndexCorrupt(name.empty() ? "an entry without a name is not the only one"
                                                 : "two entries have one name",
                                    "", std::string(name));
              });
    }
  }

  void CheckBody(const schema::Entry& entry) {
    entry_ = entry.name()->str();
    const auto kind = static_cast<std::uint8_t>(entry.kind());
    has_unknown_entries_ |= kind > 2;
    const std::array there = {entry.value() != nullptr, entry.model() != nullptr,
                              entry.attachment() != nullptr};
    if (kind < there.size()) {
      Require(CheckSite::kEntryBody, there[kind],
              [&] { return IndexCorrupt("an entry has no content of its kind", "", "", entry_); });
      // Whoever rewrites the entry knows nothing of it and would drop it.
      Require(CheckSite::kEntryOtherBody, std::ranges::count(there, true) == 1, [&] {
        return IndexCorrupt("an entry has content of another kind beside its own", "", "", entry_);
      });
    }
    // Unknown kinds may still hold tables of kinds that are known: those keep the rules.
    if (entry.value() != nullptr) CheckValue(*entry.value(), 1);
    if (entry.model() != nullptr) CheckModel(*entry.model());
    if (entry.attachment() != nullptr) {
      const schema::Attachment& attachment = *entry.attachment();
      Text(attachment.media_type(), "a media type");
      Require(CheckSite::kValueReference, attachment.storage() < index_.storages.size(), [&] {
        return IndexCorrupt("an attachment names a storage that is not there", "",
                            std::to_string(attachment.storage()), entry_);
      });
      Require(CheckSite::kAttachmentUnit, index_.storages[attachment.storage()].unit() == 1, [&] {
        return IndexCorrupt("an attachment has units of several bytes", "", "", entry_);
      });
    }
  }

  void CheckModel(const schema::Model& model) {
    UseScope(model.scope());
    Text(model.architecture(), "an architecture's name");
    Text(model.architecture_version(), "an architecture's version");
    CheckPartOfModel(model.config(), "config");
    CheckPartOfModel(model.metadata(), "metadata");
    Require(CheckSite::kTensorReserved, static_cast<std::uint8_t>(model.training()) <= 2, [&] {
      return IndexReserved("a model has an unknown training mode",
                           std::to_string(static_cast<int>(model.training())), entry_);
    });
    if (model.training_exceptions() != nullptr) CheckTrainingExceptions(model);
  }

  // Two ways to say that there is none would be two content digests of one model.
  void CheckPartOfModel(const schema::Value* value, const char* what) {
    if (value == nullptr) return;
    Require(CheckSite::kModelNull, value->kind() != schema::ValueKind::null, [&] {
      return IndexCorrupt(std::string("a model's ") + what + " is null instead of left out", "", "",
                          entry_);
    });
    CheckValue(*value, 1);
  }

  void CheckTrainingExceptions(const schema::Model& model) {
    std::optional<std::string_view> previous;
    for (const auto* name : *model.training_exceptions()) {
      CheckValue(*name, 1);
      const bool is_text = name->kind() == schema::ValueKind::string;
      const std::string_view text = is_text ? BytesOf(*name) : std::string_view();
      Require(CheckSite::kTrainingExceptions, is_text && (!previous || *previous < text), [&] {
        return IndexCorrupt("the training exceptions are not sorted texts, each once", "",
                            std::string(text), entry_);
      });
      previous = text;
    }
  }

  void CheckTypedScalar(const schema::Value& value) {
    const std::uint64_t bytes = value.bytes() == nullptr ? 0 : value.bytes()->size();
    const std::uint64_t wanted =
        value.number() < 256 ? index_.dtype_bytes(static_cast<std::uint8_t>(value.number())) : 0;
    Require(CheckSite::kTypedScalar, wanted != 0 && bytes == wanted, [&] {
      return IndexCorrupt("a typed scalar is not one element of a dtype",
                          std::to_string(wanted) + " bytes", std::to_string(bytes), entry_);
    });
  }

  void UseScope(std::uint32_t scope) {
    Require(CheckSite::kValueReference,
            scope < index_.scopes.size() && index_.scopes[scope].kind() == 0, [&] {
              return IndexCorrupt("something names a scope that is not there", "",
                                  std::to_string(scope), entry_);
            });
    Require(CheckSite::kScopeUse, !scope_used_[scope],
            [&] { return IndexCorrupt("two places use one scope", "", "", entry_); });
    scope_used_[scope] = true;
  }

  void CheckValue(const schema::Value& value, std::uint64_t depth) {
    Require(CheckSite::kValueDepth, depth <= limits::kValueDepth, [&] {
      return IndexLimit("a value is nested too deep", limits::kValueDepth, depth, entry_);
    });
    const auto kind = static_cast<ValueKind>(value.kind());
    if (value.bytes() != nullptr) Spend(value.bytes()->size());
    Require(CheckSite::kBigIntLimit,
            kind != ValueKind::kBigInt || BytesOf(value).size() <= limits::kBigIntBytes, [&] {
              return IndexLimit("an integer is too long", limits::kBigIntBytes,
                                BytesOf(value).size(), entry_);
            });
    CheckValueShape(value, entry_);
    if (kind == ValueKind::kTypedScalar) CheckTypedScalar(value);
    const bool is_dict = kind == ValueKind::kTensorDict || kind == ValueKind::kOrderedTensorDict;
    if (kind == ValueKind::kTensor || value.tensor() != kNone) {
      Require(CheckSite::kValueReference, value.tensor() < index_.tensors.size(), [&] {
        return IndexCorrupt("a value names a tensor that is not there", "",
                            std::to_string(value.tensor()), entry_);
      });
    }
    if (is_dict || value.scope() != kNone) UseScope(value.scope());
    if (value.keys() != nullptr) {
      for (const auto* key : *value.keys()) CheckValue(*key, depth + 1);
    }
    if (value.items() != nullptr) {
      for (const auto* item : *value.items()) CheckValue(*item, depth + 1);
    }
    if (value.attributes() != nullptr) CheckValue(*value.attributes(), depth + 1);
  }

  const Index& index_;
  std::vector<bool> scope_used_;
  std::uint64_t budget_;
  bool has_unknown_entries_ = false;
  std::string entry_;
};

}  // namespace

void CheckEntries(const Index& index) { EntryChecker(index).CheckAll(); }

}  // namespace statestone::container
