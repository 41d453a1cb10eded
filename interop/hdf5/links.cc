#include "interop/hdf5/links.h"

#include <exception>

namespace statestone::hdf5 {
namespace {

constexpr char kUnreadable[] = "the members of a group cannot be read";

// What the library's C code hands through to the function that it calls for each name.
template <typename Item>
struct Found {
  std::vector<Item> items;
  std::uint64_t* left;
  bool too_many = false;
  std::exception_ptr failure;

  // No exception may pass through the library.
  herr_t Add(Item item) noexcept {
    too_many = *left == 0 && !IsDisabled(CheckSite::kHdf5Links);
    if (too_many) return -1;
    if (*left != 0) --*left;
    try {
      items.push_back(std::move(item));
    } catch (...) {
      failure = std::current_exception();
      return -1;
    }
    return 0;
  }

  std::vector<Item> Take(herr_t result) {
    if (failure) std::rethrow_exception(failure);
    Require(CheckSite::kHdf5Links, !too_many, [] {
      return Error(ErrorCode::kLimit,
                   {.problem = "the HDF5 file has too many objects",
                    .expected = "at most " + std::to_string(kMostLinks) + " links and attributes"});
    });
    Expect(result, kUnreadable);
    return std::move(items);
  }
};

herr_t AddLink(hid_t, const char* name, const H5L_info_t* info, void* found) {
  return static_cast<Found<Link>*>(found)->Add({name, info->type});
}

herr_t AddName(hid_t, const char* name, const H5A_info_t*, void* found) {
  return static_cast<Found<std::string>*>(found)->Add(name);
}

H5_index_t IndexOf(herr_t result, unsigned order) {
  const bool kept = result >= 0 && (order & H5P_CRT_ORDER_TRACKED) != 0;
  return kept ? H5_INDEX_CRT_ORDER : H5_INDEX_NAME;
}

}  // namespace

std::vector<Link> ReadLinks(hid_t group, std::uint64_t& left) {
  const Handle properties(H5Gget_create_plist(group), H5Pclose, kUnreadable);
  unsigned order = 0;
  const herr_t known = H5Pget_link_creation_order(properties.id(), &order);
  Found<Link> found{.left = &left};
  hsize_t position = 0;
  return found.Take(
      H5Literate(group, IndexOf(known, order), H5_ITER_INC, &position, AddLink, &found));
}

std::vector<std::string> ReadAttributeNames(hid_t object, std::uint64_t& left) {
  Found<std::string> found{.left = &left};
  hsize_t position = 0;
  return found.Take(H5Aiterate2(object, H5_INDEX_NAME, H5_ITER_INC, &position, AddName, &found));
}

}  // namespace statestone::hdf5
