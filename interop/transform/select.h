// A part of a checkpoint, described.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "statestone/checkpoint.h"

namespace statestone {

/// Whether a tensor, value or attachment of this display path stays.
using KeepPath = std::function<bool(const std::string& path)>;

struct Selection {
  Checkpoint checkpoint;
  /// Display paths of what was left out: the highest nodes of which nothing stayed.
  std::vector<std::string> left_out;
};

/// What of `source` stays, read from where `source` reads it: a tensor or a plain value stays if
/// `keep` says so of its path, a container or a model if something in it stays or it is empty.
/// Members of lists and tuples that go leave null behind, so that the others keep their places.
/// Ties, roles and strides stay as they are. \throws Error as the functions of Checkpoint
Selection Select(std::shared_ptr<const Checkpoint> source, const KeepPath& keep);

}  // namespace statestone
