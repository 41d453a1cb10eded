#include "python/src/memory.h"

#include <memory>

#include "python/src/binding.h"

namespace statestone::python {
namespace {

int GetBuffer(PyObject* self, Py_buffer* view, int flags) {
  const Memory& memory = *nb::inst_ptr<Memory>(self);
  return PyBuffer_FillInfo(view, self, memory.data, static_cast<Py_ssize_t>(memory.bytes),
                           memory.writable ? 0 : 1, flags);
}

PyType_Slot kSlots[] = {{Py_bf_getbuffer, reinterpret_cast<void*>(GetBuffer)}, {0, nullptr}};

Memory Allocate(std::size_t bytes) {
  // Filled whole by a read, so it needs no zeros first.
  const std::shared_ptr<std::byte[]> owner = std::make_shared_for_overwrite<std::byte[]>(bytes);
  return {owner.get(), bytes, owner, true};
}

}  // namespace

void BindMemory(nb::module_& module) {
  nb::class_<Memory>(module, "Memory", nb::type_slots(kSlots))
      .def_static("allocate", Allocate, nb::arg("nbytes"))
      .def("__len__", [](const Memory& memory) { return memory.bytes; })
      .def_prop_ro("address", [](const Memory& memory) {
        return reinterpret_cast<std::uintptr_t>(memory.data);
      });
}

}  // namespace statestone::python
