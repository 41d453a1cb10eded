#include "python/src/open_reader.h"

#include <limits>
#include <memory>
#include <span>
#include <utility>

#include "python/src/interruptible.h"

namespace statestone::python {
namespace {

std::span<std::byte> Bytes(std::uintptr_t address, std::size_t size) {
  return {reinterpret_cast<std::byte*>(address), size};  // NOLINT(performance-no-int-to-ptr)
}

Access AccessOf(const std::string& name) {
  if (name == "map") return Access::kMap;
  return name == "read" ? Access::kPositioned : Access::kAuto;
}

// How many requests from `first` on are about so many bytes that Ctrl-C need not wait for more:
// where a reader outlives an interrupted read, only the reads between two looks at signals are not
// ended.
std::size_t Batch(std::span<const ReadRequest> requests, std::size_t first) {
  constexpr std::size_t kBytes = 256 << 20;
  std::size_t bytes = 0;
  std::size_t last = first;
  while (last < requests.size() && bytes < kBytes) bytes += requests[last++].out.size();
  return last - first;
}

// Gives a Python object back whichever thread lets go of it last.
std::shared_ptr<const void> KeptAlive(nb::object object) {
  return {object.release().ptr(), [](const void* kept) {
            const nb::gil_scoped_acquire acquire;
            Py_DECREF(static_cast<PyObject*>(const_cast<void*>(kept)));
          }};
}

}  // namespace

OpenReader::OpenReader(Reader reader, std::stop_source stop, bool interruptible,
                       bool writable_views)
    : reader_(std::move(reader)),
      stop_(std::move(stop)),
      interruptible_(interruptible),
      writable_views_(writable_views) {}

OpenReader OpenReader::Open(const std::filesystem::path& path, const std::string& access,
                            bool writable_views, std::size_t threads,
                            std::optional<std::uint64_t> max_bytes, std::uint64_t generation,
                            bool interruptible) {
  const nb::gil_scoped_release release;
  const std::stop_source stop;
  ReadOptions options{.access = AccessOf(access),
                      .writable_views = writable_views,
                      .threads = threads,
                      .max_bytes = max_bytes.value_or(std::numeric_limits<std::uint64_t>::max()),
                      .generation = generation};
  if (interruptible) options.stop = stop.get_token();
  return {Reader::Open(path, options), stop, interruptible, writable_views};
}

OpenReader OpenReader::FromBytes(const nb::bytes& file, std::size_t threads) {
  const auto* data = reinterpret_cast<const std::byte*>(file.c_str());
  return {Reader::FromMemory({data, file.size()}, KeptAlive(file), {.threads = threads}),
          std::stop_source(), false, false};
}

void OpenReader::Run(const std::function<void(const Reader&)>& work) const {
  if (interruptible_) {
    ProgressMeter silent{nb::none()};
    RunInterruptibly(stop_, silent, [&] { work(reader_); });
    return;
  }
  const nb::gil_scoped_release release;
  work(reader_);
}

void OpenReader::CheckSums(const std::vector<std::uint32_t>& tensors) const {
  std::vector<TensorRef> refs;
  refs.reserve(tensors.size());
  for (const std::uint32_t tensor : tensors) refs.push_back(TensorRef{tensor});
  Run([&](const Reader& reader) { reader.CheckStored(refs); });
}

void OpenReader::Read(const std::vector<TensorRead>& tensors,
                      const std::vector<RangeRead>& ranges) const {
  std::vector<ReadRequest> requests;
  requests.reserve(tensors.size());
  for (const auto& [tensor, address, size] : tensors) {
    requests.push_back({TensorRef{tensor}, Bytes(address, size)});
  }
  for (std::size_t first = 0; first < requests.size();) {
    const std::size_t count = interruptible_ ? requests.size() : Batch(requests, first);
    Run([&](const Reader& reader) { reader.ReadMany(std::span(requests).subspan(first, count)); });
    if (PyErr_CheckSignals() != 0) throw nb::python_error();
    first += count;
  }
  Run([&](const Reader& reader) {
    for (const auto& [storage, offset, address, size] : ranges) {
      reader.ReadStorageRange(storage, offset, Bytes(address, size));
    }
  });
}

void OpenReader::ReadSlice(std::uint32_t tensor, std::uint64_t first, std::uint64_t count,
                           std::uintptr_t address, std::size_t nbytes) const {
  Run([&](const Reader& reader) {
    reader.ReadSlice(TensorRef{tensor}, first, count, Bytes(address, nbytes));
  });
}

std::optional<Memory> OpenReader::View(std::uint32_t tensor) const {
  std::optional<statestone::View> view;
  Run([&](const Reader& reader) { view = reader.ViewInPlace(TensorRef{tensor}); });
  if (!view) return std::nullopt;
  return Memory{const_cast<std::byte*>(view->bytes.data()), view->bytes.size(),
                std::move(view->owner), writable_views_};
}

}  // namespace statestone::python
