#include "interop/hdf5/import.h"

#include <algorithm>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "codec/check/require.h"
#include "interop/hdf5/dataset.h"
#include "interop/hdf5/element_type.h"
#include "interop/hdf5/links.h"
#include "interop/hdf5/space.h"
#include "interop/hdf5/trial.h"
#include "interop/hdf5/value_reader.h"
#include "interop/left_out.h"
#include "statestone/display.h"

namespace statestone::hdf5 {
namespace {

constexpr char kRoot[] = ".";  // no link may be called that
constexpr std::size_t kMostDepth = 64;

// What a file may hold beside bytes that stand in it as they are: deflate makes of one byte 1032 at
// most, and what was never written costs nothing.
constexpr std::uint64_t kSmallestAllowance = 64ull << 20;
constexpr std::uint64_t kMostExpansion = 2048;

constexpr std::uint64_t kTriedPiece = 1ull << 20;

constexpr char kUnreadable[] = "an object cannot be read";

OpenedFile Open(const std::filesystem::path& path) {
  OpenedFile file{.source = file::OpenPositioned(path), .path = path.string()};
  const Handle access(H5Pcreate(H5P_FILE_ACCESS), H5Pclose, "HDF5 does not start");
  H5Pset_fapl_sec2(access.id());
  H5Pset_fclose_degree(access.id(), H5F_CLOSE_WEAK);
#if H5_VERSION_GE(1, 10, 7)
  // Locks are for those who write while others read, and fail on many network file systems.
  H5Pset_file_locking(access.id(), false, true);
#endif
  file.handle = std::make_shared<const Handle>(H5Fopen(path.c_str(), H5F_ACC_RDONLY, access.id()),
                                               H5Fclose, "this HDF5 file cannot be opened");
  return file;
}

class Walk {
 public:
  Walk(OpenedFile file, const ImportOptions& options)
      : file_(std::move(file)), options_(options), values_(imported_.checkpoint) {
    imported_.kind = FileKind::kHdf5;
    imported_.source_bytes = file_.source->size();
    bytes_left_ = kSmallestAllowance + kMostExpansion * imported_.source_bytes;
    scope_ = imported_.checkpoint.AddScope();
  }

  /// Does all that the library will be asked for, and forgets it.
  void Try() {
    trying_ = true;
    const ImportedCheckpoint imported = Run();
    std::vector<std::byte> piece(kTriedPiece);
    for (const TensorRef tensor : decoded_) {
      const std::uint64_t bytes = imported.checkpoint.tensor_bytes(tensor);
      for (std::uint64_t at = 0; at < bytes; at += kTriedPiece) {
        StillAlive();
        imported.checkpoint.Read(tensor, at,
                                 std::span(piece).first(std::min(kTriedPiece, bytes - at)));
      }
    }
  }

  ImportedCheckpoint Run() {
    Object root{.path = "/",
                .name = kRoot,
                .handle = {H5Oopen(file_.handle->id(), "/", H5P_DEFAULT), H5Oclose, kUnreadable}};
    VisitGroup(root);
    Checkpoint& checkpoint = imported_.checkpoint;
    checkpoint.AddValue("tensors", Value::TensorDict(scope_));
    checkpoint.AddValue("metadata", Value::Map(std::move(metadata_)));
    checkpoint.AddValue("values", Value::Map(std::move(text_datasets_)));
    return std::move(imported_);
  }

 private:
  struct Object {
    std::string path;  // in the file: "/layer/kernel"
    std::string name;  // here: "layer.kernel"
    Handle handle;
  };

  void Naming(const std::string& entry, const std::function<void()>& describe) {
    DescribeOrLeaveOut(imported_, options_.skip_unknown, entry, describe);
  }

  static std::string EntryOf(const std::string& part, const std::string& name) {
    return part + "/" + EscapePathComponent(name);
  }

  void RequireNotStopped() const {
    if (options_.stop.stop_requested()) {
      throw Error(ErrorCode::kCanceled, {.problem = "the caller stopped it"});
    }
  }

  void VisitGroup(const Object& group) {
    RequireFirstVisit(group);
    const std::vector<Link> links = ReadLinks(group.handle.id(), links_left_);
    VisitAttributes(group, /*keep_empty=*/links.empty());
    for (const Link& link : links) {
      const std::string below = group.name == kRoot ? "" : group.name + ".";
      const std::string name = below + link.name;
      Naming(EntryOf("tensors", name), [&] {
        VisitLink(group, link, (group.path == "/" ? "/" : group.path + "/") + link.name, name);
      });
    }
    --depth_;
  }

  // Groups that are members of themselves would have no end, and groups under two names can double
  // what they hold at every level.
  void RequireFirstVisit(const Object& group) {
    H5O_info_t info{};
    Expect(H5Oget_info2(group.handle.id(), &info, H5O_INFO_BASIC), kUnreadable);
    const auto added = groups_.try_emplace(info.addr, group.path);
    Require(CheckSite::kHdf5GroupTwice, added.second, [&] {
      return Error(ErrorCode::kUnrepresentable,
                   {.problem = "a group is there under two names, or in itself",
                    .found = group.path + " is " + added.first->second,
                    .advice = "give it one name: h5copy it, or delete the other link"});
    });
    ++depth_;
    Require(CheckSite::kHdf5Depth, depth_ <= kMostDepth, [] {
      return Error(ErrorCode::kLimit, {.problem = "groups are nested too deep",
                                       .expected = "at most " + std::to_string(kMostDepth)});
    });
  }

  void VisitLink(const Object& group, const Link& link, std::string path, std::string name) {
    RequireNotStopped();
    if (trying_) StillAlive();
    if (link.type == H5L_TYPE_SOFT) {
      imported_.skipped.push_back({.path = EntryOf("tensors", name),
                                   .reason = "a soft link, another name of what it points to"});
      return;
    }
    Require(CheckSite::kHdf5Link, link.type == H5L_TYPE_HARD, [&] {
      const bool external = link.type == H5L_TYPE_EXTERNAL;
      return Error(ErrorCode::kUnsupported,
                   {.problem = external ? "the link leads to another file, which is not opened"
                                        : "the link is of a kind that is not followed",
                    .found = external ? "an external link" : "a user-defined link",
                    .advice = "put what it leads to into the file: h5copy"});
    });
    const auto added = names_.try_emplace(name, path);
    Require(CheckSite::kHdf5NameTwice, added.second, [&] {
      return Error(ErrorCode::kUnrepresentable,
                   {.problem = "two objects come to one name with dots",
                    .found = added.first->second + " and " + path,
                    .advice = "rename one of them"});
    });
    const Object object{.path = std::move(path),
                        .name = std::move(name),
                        .handle = {H5Oopen(group.handle.id(), link.name.c_str(), H5P_DEFAULT),
                                   H5Oclose, kUnreadable}};
    VisitObject(object);
  }

  void VisitObject(const Object& object) {
    switch (H5Iget_type(object.handle.id())) {
      case H5I_GROUP:
        VisitGroup(object);
        break;
      case H5I_DATASET:
        VisitAttributes(object, /*keep_empty=*/false);
        VisitDataset(object);
        break;
      default:
        imported_.skipped.push_back({.path = EntryOf("tensors", object.name),
                                     .reason = "a committed datatype, which holds no data"});
    }
  }

  void VisitDataset(const Object& object) {
    const hid_t id = object.handle.id();
    RequireReadable(id);
    const Handle space(H5Dget_space(id), H5Sclose, kUnreadable);
    const auto shape = ReadShape(space.id());
    const Handle type(H5Dget_type(id), H5Tclose, kUnreadable);
    if (!shape || IsText(type.id())) {
      text_datasets_.emplace_back(object.name, shape ? values_.ReadTexts(id, *shape) : Value());
      return;
    }
    DescribedTensor described = DescribeTensor(
        file_, id, object.path, EntryOf("tensors", object.name), *shape, bytes_left_);
    described.tensor.name = object.name;
    const TensorRef added = imported_.checkpoint.AddTensor(scope_, std::move(described.tensor));
    if (described.decoded) decoded_.push_back(added);
  }

  void VisitAttributes(const Object& object, bool keep_empty) {
    std::vector<Value::Pair> pairs;
    for (const std::string& name : ReadAttributeNames(object.handle.id(), links_left_)) {
      Naming(EntryOf("metadata", object.name) + "/" + EscapePathComponent(name), [&] {
        const Handle attribute(H5Aopen(object.handle.id(), name.c_str(), H5P_DEFAULT), H5Aclose,
                               "an attribute cannot be read");
        pairs.emplace_back(name, values_.ReadAttribute(attribute.id()));
      });
    }
    if (!pairs.empty() || keep_empty) {
      metadata_.emplace_back(object.name, Value::Map(std::move(pairs)));
    }
  }

  OpenedFile file_;
  const ImportOptions& options_;
  ImportedCheckpoint imported_;
  ValueReader values_;
  ScopeRef scope_;
  std::vector<TensorRef> decoded_;
  std::vector<Value::Pair> metadata_;
  std::vector<Value::Pair> text_datasets_;
  std::unordered_map<haddr_t, std::string> groups_;     // addresses, and where they were first
  std::unordered_map<std::string, std::string> names_;  // with dots, and where they are
  std::size_t depth_ = 0;
  bool trying_ = false;
  std::uint64_t links_left_ = kMostLinks;
  std::uint64_t bytes_left_ = 0;
};

}  // namespace

ImportedCheckpoint Import(const std::filesystem::path& source, const ImportOptions& options) {
  try {
    const Session session;
    RequireTrial([&] { Walk(Open(source), options).Try(); }, options.stop);
    return Walk(Open(source), options).Run();
  } catch (const Error& error) {
    throw error.WithPath(source.string());
  }
}

}  // namespace statestone::hdf5
