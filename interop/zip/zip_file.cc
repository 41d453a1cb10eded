#include "interop/zip/zip_file.h"

#include <utility>

namespace statestone::zip {

ZipFile::ZipFile(const std::filesystem::path& source, std::filesystem::path scratch)
    : mapped_(file::OpenMapped(source, /*writable=*/false)),
      positioned_(file::OpenPositioned(source)),
      path_(source.string()),
      scratch_(std::move(scratch)) {}

void ZipFile::ReadDirectory() { entries_ = ReadZipDirectory(mapped_->bytes()); }

Record ZipFile::Open(const ZipEntry& entry) {
  Record record{.bytes = entry.bytes, .name = "zip entry " + entry.name, .path = path_};
  if (!entry.deflated) {
    record.positioned = positioned_;
    record.mapped = mapped_;
    record.offset = entry.offset;
    if (entry.sum != 0) record.sum = entry.sum;
    return record;
  }
  if (inflated_ == nullptr) inflated_ = std::make_shared<InflatedFile>(scratch_);
  record.offset = inflated_->Append(entry, *positioned_);
  record.positioned = inflated_;
  record.mapped = inflated_;
  return record;
}

void ZipFile::MapInflated() {
  if (inflated_ != nullptr) inflated_->Map();
}

}  // namespace statestone::zip
