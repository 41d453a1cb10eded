// The HDF5 library, tamed: one thread at a time, silent, no plugins, handles that close themselves.
#pragma once

#define H5_USE_110_API
#include <hdf5.h>

#include <mutex>
#include <string>
#include <utility>

#include "codec/check/require.h"

namespace statestone::hdf5 {

/// While one lives, this thread has the library for itself, the library prints no errors and loads
/// no plugins. Whatever else in the process uses it finds its settings as they were. May be nested.
class Session {
 public:
  Session();
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

 private:
  std::unique_lock<std::recursive_mutex> lock_;
  H5E_auto2_t print_ = nullptr;
  void* print_data_ = nullptr;
  unsigned plugins_ = 0;
};

/// To be called first in a child that was forked within a Session: the lock is that of a thread of
/// the parent, whose number no thread of the child has.
void TakeOverAfterFork();

/// What the library said when a call failed, as an Error without place.
Error LibraryError(std::string problem);

/// The result of a call that says by a negative number that it failed. \throws Error corrupt
template <typename Result>
Result Expect(Result result, const char* problem) {
  Require(CheckSite::kHdf5Library, result >= 0, [&] { return LibraryError(problem); });
  return result;
}

/// Owns an identifier of the library.
class Handle {
 public:
  using Close = herr_t (*)(hid_t);

  Handle() = default;
  /// \throws Error corrupt if `id` is none: the call that made it failed
  Handle(hid_t id, Close close, const char* problem) : id_(Expect(id, problem)), close_(close) {}
  ~Handle() { Reset(); }
  Handle(Handle&& other) noexcept
      : id_(std::exchange(other.id_, H5I_INVALID_HID)), close_(other.close_) {}
  Handle& operator=(Handle&& other) noexcept {
    std::swap(id_, other.id_);
    std::swap(close_, other.close_);
    return *this;
  }

  hid_t id() const { return id_; }
  bool valid() const { return id_ >= 0; }
  void Reset();

 private:
  hid_t id_ = H5I_INVALID_HID;
  Close close_ = nullptr;
};

}  // namespace statestone::hdf5
