#include "interop/hdf5/dataset.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "codec/bytes/checked.h"
#include "interop/file_tensor.h"
#include "interop/hdf5/element_type.h"
#include "interop/hdf5/slabs.h"
#include "statestone/display.h"

namespace statestone::hdf5 {
namespace {

constexpr char kUnreadable[] = "the dataset cannot be read";

Handle CreationProperties(hid_t dataset) {
  return {H5Dget_create_plist(dataset), H5Pclose, kUnreadable};
}

// Filters of the library itself that decode any bytes without surprises; the others are plugins,
// which are code from elsewhere, or nobody's.
bool IsKnown(H5Z_filter_t filter) {
  return filter == H5Z_FILTER_DEFLATE || filter == H5Z_FILTER_SHUFFLE ||
         filter == H5Z_FILTER_FLETCHER32;
}

// Registered numbers of filters, as people call them.
std::string FilterName(H5Z_filter_t filter, const char* name) {
  static constexpr std::array<std::pair<H5Z_filter_t, const char*>, 8> kNames = {
      {{H5Z_FILTER_SZIP, "szip"},
       {H5Z_FILTER_NBIT, "nbit"},
       {H5Z_FILTER_SCALEOFFSET, "scaleoffset"},
       {32000, "lzf"},
       {32001, "blosc"},
       {32004, "lz4"},
       {32008, "bitshuffle"},
       {32015, "zstd"}}};
  const auto* found = std::ranges::find(kNames, filter, [](const auto& row) { return row.first; });
  const std::string said = found != kNames.end() ? found->second : std::string(name).substr(0, 60);
  return (said.empty() ? "filter" : said) + " (" + std::to_string(filter) + ")";
}

void RequireKnownFilters(hid_t properties) {
  const int count = Expect(H5Pget_nfilters(properties), kUnreadable);
  for (int i = 0; i < count; ++i) {
    unsigned flags = 0;
    unsigned config = 0;
    std::size_t values = 0;
    std::array<char, 64> name{};
    const H5Z_filter_t filter =
        Expect(H5Pget_filter2(properties, static_cast<unsigned>(i), &flags, &values, nullptr,
                              name.size() - 1, name.data(), &config),
               kUnreadable);
    Require(CheckSite::kHdf5Filter, IsKnown(filter), [&] {
      return Error(ErrorCode::kUnsupported, {.problem = "the dataset has a filter that is not read",
                                             .expected = "gzip, shuffle or fletcher32",
                                             .found = FilterName(filter, name.data()),
                                             .advice = "repack it: h5repack -f GZIP=1"});
    });
  }
}

Error Corrupt(std::string problem, std::string expected, std::string found) {
  return Error(ErrorCode::kCorrupt, {.problem = std::move(problem),
                                     .expected = std::move(expected),
                                     .found = std::move(found),
                                     .advice = "the file is damaged or cut off: copy it again"});
}

// Counts the elements against what a file of this size may hold: a file of a kilobyte can declare a
// dataset of exabytes that was never written.
void SpendBytes(std::optional<std::uint64_t> bytes, const std::vector<std::uint64_t>& shape,
                std::uint64_t& bytes_left) {
  const bool fits = bytes && *bytes <= bytes_left;
  Require(CheckSite::kHdf5Expansion, fits, [&] {
    return Error(ErrorCode::kLimit,
                 {.problem = "the datasets are too large for a file of this size",
                  .expected = HumanBytes(bytes_left) + " more at most",
                  .found = ShapeText(shape) + (bytes ? ": " + HumanBytes(*bytes) : "")});
  });
  bytes_left -= std::min(bytes.value_or(bytes_left), bytes_left);
}

// Where the elements of a contiguous dataset are in the file; nothing if it was never written.
std::optional<std::uint64_t> ContiguousPlace(const OpenedFile& file, hid_t dataset,
                                             std::uint64_t bytes) {
  const haddr_t offset = H5Dget_offset(dataset);
  if (offset == HADDR_UNDEF) return std::nullopt;
  Require(CheckSite::kHdf5Place, bytes::RangeFits(offset, bytes, file.source->size()), [&] {
    return Corrupt("the dataset reaches past the end of the file",
                   "at most " + std::to_string(file.source->size()) + " bytes",
                   std::to_string(bytes) + " at " + std::to_string(offset));
  });
  return offset;
}

std::vector<std::uint64_t> ReadChunk(hid_t properties) {
  std::array<hsize_t, H5S_MAX_RANK> dims{};
  const int rank = Expect(H5Pget_chunk(properties, H5S_MAX_RANK, dims.data()), kUnreadable);
  return {dims.begin(), dims.begin() + std::min(rank, H5S_MAX_RANK)};
}

// A chunk is decoded in memory as a whole, whatever is asked for.
void RequireSmallChunks(hid_t properties, std::uint64_t element_bytes) {
  const std::vector<std::uint64_t> chunk = ReadChunk(properties);
  const auto bytes = TensorBytes(chunk, element_bytes);
  Require(CheckSite::kHdf5Chunk, bytes && *bytes != 0 && *bytes <= kMostChunkBytes, [&] {
    return Error(ErrorCode::kLimit, {.problem = "the chunks of the dataset are too large",
                                     .expected = "at most " + HumanBytes(kMostChunkBytes),
                                     .found = ShapeText(chunk),
                                     .advice = "repack it: h5repack -l CHUNK=..."});
  });
}

SlabPlan Plan(hid_t properties, const std::vector<std::uint64_t>& shape,
              std::uint64_t element_bytes) {
  std::vector<std::uint64_t> chunk;
  if (H5Pget_layout(properties) == H5D_CHUNKED) {
    chunk = ReadChunk(properties);
  }
  const SlabPlan plan = PlanSlabs(shape, chunk, element_bytes);
  Require(CheckSite::kHdf5Passes, plan.passes <= kMostPasses, [&] {
    return Error(ErrorCode::kLimit,
                 {.problem = "chunks lie across rows that are too long to be read in order",
                  .expected = "rows of at most 16 MiB, or lower chunks",
                  .found = "chunks " + ShapeText(chunk) + " of " + ShapeText(shape),
                  .advice = "repack it: h5repack -l CONTI"});
  });
  return plan;
}

PieceReader ReadSlabs(SlabDataset dataset, const std::string& path, const std::string& entry) {
  return [reader = std::make_shared<SlabReader>(std::move(dataset)), path, entry](
             std::uint64_t at, std::span<std::byte> out) {
    try {
      reader->Read(at, out);
    } catch (const Error& error) {
      throw error.WithPath(path).WithEntry(entry);
    }
  };
}

}  // namespace

void RequireReadable(hid_t dataset) {
  const Handle properties = CreationProperties(dataset);
  const H5D_layout_t layout = Expect(H5Pget_layout(properties.id()), kUnreadable);
  const int external = Expect(H5Pget_external_count(properties.id()), kUnreadable);
  Require(CheckSite::kHdf5Elsewhere, layout != H5D_VIRTUAL && external == 0, [&] {
    return Error(ErrorCode::kUnsupported,
                 {.problem = "the dataset's bytes are in other files, which are not opened",
                  .found = external != 0 ? "external storage" : "a virtual dataset",
                  .advice = "copy it into one file with h5repack or h5py"});
  });
  RequireKnownFilters(properties.id());
  if (layout != H5D_CHUNKED) return;
  const Handle type(H5Dget_type(dataset), H5Tclose, kUnreadable);
  RequireSmallChunks(properties.id(), H5Tget_size(type.id()));
}

DescribedTensor DescribeTensor(const OpenedFile& file, hid_t dataset, const std::string& path,
                               const std::string& entry, const std::vector<std::uint64_t>& shape,
                               std::uint64_t& bytes_left) {
  const Handle type(H5Dget_type(dataset), H5Tclose, kUnreadable);
  auto numbers = FindNumberType(type.id());
  Require(CheckSite::kHdf5Type, numbers.has_value(), [&] {
    return Error(ErrorCode::kUnsupported, {.problem = "the dataset's elements have no counterpart",
                                           .expected = "numbers, booleans or texts",
                                           .found = DescribeType(type.id())});
  });
  const std::uint64_t element_bytes = ElementBytes(numbers->dtype);
  const auto bytes = TensorBytes(shape, element_bytes);
  SpendBytes(bytes, shape, bytes_left);
  TensorSource tensor{.dtype = numbers->dtype, .shape = shape};
  if (*bytes == 0) return {.tensor = std::move(tensor)};
  const Handle properties = CreationProperties(dataset);
  if (H5Pget_layout(properties.id()) == H5D_CONTIGUOUS) {
    const auto place = ContiguousPlace(file, dataset, *bytes);
    if (place && numbers->as_stored) {
      tensor.pieces = ReadInPieces({file.source, *place, file.path, entry});
      return {.tensor = std::move(tensor)};
    }
  }
  tensor.pieces = ReadSlabs({.file = file.handle,
                             .path = path,
                             .shape = shape,
                             .numbers = std::make_shared<NumberType>(std::move(*numbers)),
                             .plan = Plan(properties.id(), shape, element_bytes),
                             .bytes = *bytes},
                            file.path, entry);
  return {.tensor = std::move(tensor), .decoded = true};
}

}  // namespace statestone::hdf5
