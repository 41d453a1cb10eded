// Makes a tree short: repeated layers once, modules that hold little on their parent's lines.
#pragma once

#include "cli/inspect/tree.h"

namespace statestone::cli {

/// Replaces runs of children whose labels are consecutive numbers and that look the same below (in
/// names, types, shapes and flags) by one with `repeats`, labelled "0..11", whose sums and children
/// stand for all. Long runs that differ in shapes or values alone fold too, marked `various`.
/// Cost: linear in the tree, times its depth.
void FoldRepeats(Node& node);

/// Joins a module with its only child ("encoder" and "layers" become "encoder.layers"), and lifts
/// modules of one or two tensors into their parent ("fc.weight", "fc.bias").
void JoinSmallModules(Node& node);

}  // namespace statestone::cli
