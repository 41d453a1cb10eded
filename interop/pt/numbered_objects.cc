#include "interop/pt/numbered_objects.h"

#include <array>
#include <span>
#include <string>

#include "codec/check/require.h"
#include "interop/pickle/globals.h"

namespace statestone::pt {
namespace {

using pickle::Kind;
using pickle::Object;
using pickle::ObjectId;
using pickle::ObjectStore;

class Filler {
 public:
  Filler(pickle::Pickle& pickle, const NumberedStorages& storages, const NumberedTensors& tensors)
      : pickle_(pickle), objects_(pickle.objects), storages_(storages), tensors_(tensors) {}

  void Fill() {
    const std::size_t count = objects_.size();
    for (ObjectId id = 0; id < count; ++id) {
      if (objects_.Is(id, Kind::kReference)) Fill(id);
    }
  }

 private:
  void Fill(ObjectId id) {
    const std::int64_t number = objects_[objects_[id].call.args].integer;
    const auto tensor = tensors_.find(number);
    if (tensor != tensors_.end()) {
      const ObjectId made = Tensor(tensor->second, objects_[id].call.offset);
      objects_.at(id) = objects_[made];
      return;
    }
    Require(CheckSite::kPtTarReference, storages_.contains(number), [&] {
      return Error(ErrorCode::kCorrupt,
                   {.offset = pickle_.file_offset + objects_[id].call.offset,
                    .problem = "the pickle refers to an object that the file does not hold",
                    .found = std::to_string(number),
                    .advice = "copy the file again"});
    });
    const ObjectId made = Storage(number, objects_[id].call.offset);
    objects_.at(id) = objects_[made];
  }

  ObjectId Global(std::uint32_t row) {
    Object object;
    object.kind = Kind::kGlobal;
    object.integer = row;
    return objects_.Add(object);
  }

  ObjectId Text(std::string text) { return objects_.AddOwnedText(Kind::kString, std::move(text)); }

  template <std::size_t kCount>
  ObjectId Tuple(const std::array<ObjectId, kCount>& members) {
    return objects_.AddContainer(Kind::kTuple, members);
  }

  ObjectId Integers(const std::vector<std::int64_t>& numbers) {
    std::vector<ObjectId> members;
    members.reserve(numbers.size());
    for (const std::int64_t number : numbers) members.push_back(objects_.AddInteger(number));
    return objects_.AddContainer(Kind::kTuple, members);
  }

  // ('storage', class, key, device, elements, view)
  ObjectId Storage(std::int64_t number, std::uint32_t offset) {
    const auto known = made_storages_.find(number);
    if (known != made_storages_.end()) return known->second;
    const NumberedStorage& storage = storages_.at(number);
    ObjectId view = objects_.none();
    if (storage.part >= 0) {
      view = Tuple<3>({Text(std::to_string(number)), objects_.AddInteger(storage.first),
                       objects_.AddInteger(storage.part)});
    }
    const ObjectId storage_class = Global(storage.row);
    const ObjectId args =
        Tuple<6>({Text("storage"), storage_class, Text(std::to_string(storage.root)), Text("cpu"),
                  objects_.AddInteger(storage.elements), view});
    const ObjectId made = objects_.AddCall(Kind::kStorage, storage_class, args, offset);
    made_storages_.emplace(number, made);
    return made;
  }

  // (storage, offset, shape, strides)
  ObjectId Tensor(const NumberedTensor& tensor, std::uint32_t offset) {
    const ObjectId args =
        Tuple<4>({Storage(tensor.storage, offset), objects_.AddInteger(tensor.offset),
                  Integers(tensor.shape), Integers(tensor.strides)});
    return objects_.AddCall(
        Kind::kCall, Global(*pickle::FindGlobal("torch._utils", "_rebuild_tensor")), args, offset);
  }

  pickle::Pickle& pickle_;
  ObjectStore& objects_;
  const NumberedStorages& storages_;
  const NumberedTensors& tensors_;
  std::unordered_map<std::int64_t, ObjectId> made_storages_;
};

}  // namespace

void FillReferences(pickle::Pickle& pickle, const NumberedStorages& storages,
                    const NumberedTensors& tensors) {
  Filler(pickle, storages, tensors).Fill();
}

}  // namespace statestone::pt
