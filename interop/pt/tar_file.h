// The container of the first releases of torch: a tar file of pickles, storages and tensors.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <unordered_map>

#include "interop/pt/numbered_objects.h"
#include "interop/pt/sequential_container.h"
#include "interop/pt/stream.h"
#include "interop/pt/tar_directory.h"

namespace statestone::pt {

/// Four members. `sys_info` is a pickle of what the system was. `storages`: their number, for each
/// a pickle (number, device, class), an int64 number of elements, and these; then a pickle of the
/// storages that are parts of others. `tensors`: their number, for each a pickle (number, its
/// storage's number, type), and its shape, strides and offset. `pickle` is the value, which refers
/// to tensors and storages by number.
class TarFile final : public SequentialContainer {
 public:
  using SequentialContainer::SequentialContainer;

  /// The numbers in the pickle become what later releases write in their place: calls that rebuild
  /// tensors over storages.
  pickle::Pickle ReadPickle() override;

 private:
  void FindMembers();
  Stream OpenMember(std::string_view member) const;
  void TakeStorages();
  void TakeParts(Stream& stream);
  void TakeTensors();
  void TakeTensor(Stream& stream);

  std::unordered_map<std::string, TarMember> members_;
  NumberedStorages numbered_storages_;
  NumberedTensors numbered_tensors_;
};

}  // namespace statestone::pt
