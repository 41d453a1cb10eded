#include "interop/numpy/import.h"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "codec/check/require.h"
#include "codec/file/byte_source.h"
#include "interop/file_tensor.h"
#include "interop/numpy/npy_array.h"
#include "interop/zip/record_sum.h"
#include "interop/zip/zip_file.h"
#include "statestone/display.h"

namespace statestone::numpy {
namespace {

constexpr std::string_view kEnding = ".npy";

ImportedCheckpoint DescribeNpy(const std::filesystem::path& source) {
  const std::shared_ptr<const file::ByteSource> opened = file::OpenPositioned(source);
  const NpyArray array = ReadNpyArray(*opened, 0, opened->size());
  ImportedCheckpoint imported{.kind = FileKind::kNumpy, .source_bytes = opened->size()};
  TensorSource tensor{.dtype = array.dtype, .shape = array.shape};
  if (!array.strides.empty()) {
    const std::shared_ptr<const file::ByteSource> mapped =
        file::OpenMapped(source, /*writable=*/false);
    // The file may have become shorter since its header was read.
    const auto elements =
        mapped->bytes().subspan(std::min<std::uint64_t>(array.header_bytes, mapped->size()));
    Require(CheckSite::kNpySize, elements.size() == array.data_bytes, [&] {
      return Error(ErrorCode::kIncomplete, {.problem = "the file changed while it was opened",
                                            .expected = std::to_string(opened->size()),
                                            .found = std::to_string(mapped->size())});
    });
    tensor.strides = array.strides;
    tensor.data = elements.data();
    tensor.owner = mapped;
    imported.mapped = mapped->bytes();
  } else if (array.data_bytes != 0) {
    tensor.pieces = ReadInPieces({opened, array.header_bytes, source.string(), {}});
  }
  const TensorRef added = imported.checkpoint.AddAnonymousTensor(std::move(tensor));
  imported.checkpoint.AddValue("", Value::Tensor(added));
  return imported;
}

// An array of an .npz file, its bytes made readable.
struct Member {
  std::string name;   // of the tensor
  std::string entry;  // the same as a display path
  std::shared_ptr<const zip::Record> record;
  NpyArray array;
};

// Places in an inflated member are none in the file.
Error WithoutPlace(const Error& error) {
  ErrorFields fields = error.fields();
  fields.offset.reset();
  return {error.code(), std::move(fields)};
}

bool IsFolder(const zip::ZipEntry& entry) { return entry.bytes == 0 && entry.name.ends_with('/'); }

std::vector<Member> OpenMembers(zip::ZipFile& zip) {
  std::vector<Member> members;
  for (const zip::ZipEntry& entry : zip.entries()) {
    if (IsFolder(entry)) continue;
    Require(CheckSite::kNpzMember, entry.name.ends_with(kEnding), [&] {
      return Error(ErrorCode::kUnsupported,
                   {.offset = entry.offset,
                    .problem = "zip entry " + entry.name + ": it is no array",
                    .expected = "nothing but .npy files in the archive",
                    .advice = "take it out of the archive with zip -d"});
    });
    Member member{.name = entry.name.substr(0, entry.name.size() - kEnding.size())};
    member.entry = EscapePathComponent(member.name);
    try {
      member.record = std::make_shared<const zip::Record>(zip.Open(entry));
      member.array =
          ReadNpyArray(*member.record->positioned, member.record->offset, member.record->bytes);
    } catch (const Error& error) {
      throw(entry.deflated ? WithoutPlace(error) : error).WithEntry(member.entry);
    }
    members.push_back(std::move(member));
  }
  return members;
}

// Also adds up the sum, of which the header is a part.
PieceReader ReadAndSum(const Member& member) {
  auto sum = std::make_shared<zip::RunningSum>(*member.record);
  std::vector<std::byte> header(member.array.header_bytes);
  member.record->positioned->Read(member.record->offset, header);
  sum->Add(header);
  return [sum, record = member.record, start = member.record->offset + header.size(),
          entry = member.entry](std::uint64_t at, std::span<std::byte> out) {
    try {
      record->positioned->Read(start + at, out);
      sum->Add(out);
    } catch (const Error& error) {
      throw error.WithPath(record->path).WithEntry(entry);
    }
  };
}

TensorSource SourceOf(const Member& member, const std::stop_token& stop) {
  const NpyArray& array = member.array;
  TensorSource tensor{.name = member.name, .dtype = array.dtype, .shape = array.shape};
  try {
    if (array.strides.empty() && array.data_bytes != 0) {
      tensor.pieces = ReadAndSum(member);
      return tensor;
    }
    zip::ReadAndCheckSum(*member.record, stop);
  } catch (const Error& error) {
    throw error.WithEntry(member.entry);
  }
  if (array.data_bytes == 0) return tensor;
  tensor.strides = array.strides;
  tensor.data = member.record->in_place().data() + array.header_bytes;
  tensor.owner = member.record->mapped;
  return tensor;
}

ImportedCheckpoint DescribeNpz(const std::filesystem::path& source, const ImportOptions& options) {
  const auto zip = std::make_shared<zip::ZipFile>(
      source, options.scratch.empty() ? source.parent_path() : options.scratch);
  zip->ReadDirectory();
  ImportedCheckpoint imported{.kind = FileKind::kNumpyZip, .source_bytes = zip->mapped().size()};
  Checkpoint& checkpoint = imported.checkpoint;
  checkpoint.Keep(zip);
  const std::vector<Member> members = OpenMembers(*zip);
  zip->MapInflated();
  const ScopeRef scope = checkpoint.AddScope();
  for (const Member& member : members) {
    TensorSource tensor = SourceOf(member, options.stop);
    if (tensor.data != nullptr) imported.mapped = member.record->mapped->bytes();
    checkpoint.AddTensor(scope, std::move(tensor));
  }
  checkpoint.AddValue("", Value::TensorDict(scope));
  return imported;
}

}  // namespace

ImportedCheckpoint ImportNpy(const std::filesystem::path& source, const ImportOptions&) {
  try {
    return DescribeNpy(source);
  } catch (const Error& error) {
    throw error.WithPath(source.string());
  }
}

ImportedCheckpoint ImportNpz(const std::filesystem::path& source, const ImportOptions& options) {
  try {
    return DescribeNpz(source, options);
  } catch (const Error& error) {
    throw error.WithPath(source.string());
  }
}

}  // namespace statestone::numpy
