#include "interop/hdf5/library.h"

namespace statestone::hdf5 {
namespace {

// Many builds of the library may not be called by two threads at once.
std::recursive_mutex*& Mutex() {
  static auto* mutex = new std::recursive_mutex;  // outlives what is destroyed at exit
  return mutex;
}

std::string Version() {
  return std::to_string(H5_VERS_MAJOR) + "." + std::to_string(H5_VERS_MINOR);
}

// Takes the first text of the stack, which is that of the innermost call.
herr_t TakeText(unsigned /*depth*/, const H5E_error2_t* error, void* text) {
  auto& found = *static_cast<std::string*>(text);
  if (found.empty() && error->desc != nullptr) found.assign(error->desc, 0, 200);
  return 0;
}

}  // namespace

Session::Session() : lock_(*Mutex()) {
  H5Eget_auto2(H5E_DEFAULT, &print_, &print_data_);
  H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
  H5PLget_loading_state(&plugins_);
  H5PLset_loading_state(0);
}

Session::~Session() {
  H5PLset_loading_state(plugins_);
  H5Eset_auto2(H5E_DEFAULT, print_, print_data_);
}

void TakeOverAfterFork() { Mutex() = new std::recursive_mutex; }

Error LibraryError(std::string problem) {
  std::string text;
  H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, TakeText, &text);
  if (text.starts_with("bad version number")) {
    return Error(ErrorCode::kUnsupported,
                 {.problem = std::move(problem),
                  .expected = "what HDF5 " + Version() + " reads",
                  .found = "HDF5 says: " + text,
                  .advice = "a later HDF5 wrote the file, or it is damaged: write it again with "
                            "h5py's libver=(\"earliest\", \"v110\")"});
  }
  return Error(ErrorCode::kCorrupt, {.problem = std::move(problem),
                                     .found = text.empty() ? text : "HDF5 says: " + text,
                                     .advice = "the file is damaged or cut off: copy it again"});
}

void Handle::Reset() {
  if (!valid()) return;
  const Session session;
  close_(std::exchange(id_, H5I_INVALID_HID));
}

}  // namespace statestone::hdf5
