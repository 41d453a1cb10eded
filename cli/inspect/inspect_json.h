// What `inspect --json` prints.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "cli/inspect/catalog.h"

namespace statestone::cli {

/// The whole index: file, sums, entries with their values, tensors in the order of the file.
nlohmann::ordered_json FileJson(const std::string& path, const Catalog& catalog);

/// An entry as FileJson has it.
nlohmann::ordered_json EntryJson(const EntryInfo& entry, const Reader& reader);

/// A tensor as FileJson has it.
nlohmann::ordered_json TensorJson(const Catalog& catalog, TensorRef tensor);

/// The same, with its storage and all chunks it lies in.
nlohmann::ordered_json TensorDetailJson(const Catalog& catalog, TensorRef tensor);

}  // namespace statestone::cli
