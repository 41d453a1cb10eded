#include "interop/pt/sparse_call.h"

#include <string>
#include <string_view>

#include "codec/check/require.h"
#include "interop/pt/call_arguments.h"
#include "interop/pt/refusal.h"

namespace statestone::pt {
namespace {

using pickle::Listed;
using pickle::ObjectId;

const SparseLayout* LayoutOf(const pickle::Pickle& pickle, const CallArguments& args) {
  const ObjectId layout = args.at(0);
  Require(CheckSite::kPtSparse, Callee(pickle.objects, layout) == Listed::kLayout,
          [&] { return args.Corrupt("its layout is no layout"); });
  const CallArguments name(pickle, layout);
  name.RequireCount(1, 1);
  std::string_view text = name.String(0);
  if (text.starts_with("torch.")) text.remove_prefix(6);
  const SparseLayout* known = FindSparseLayout(text);
  Require(CheckSite::kPtSparse, known != nullptr, [&] {
    return Unrepresentable("a tensor of the layout " + std::string(text.substr(0, 100)),
                           "save x.to_dense() instead");
  });
  return known;
}

}  // namespace

bool IsSparseCall(const pickle::ObjectStore& objects, ObjectId id) {
  return Callee(objects, id) == Listed::kRebuildSparse;
}

SparseSpec ReadSparseCall(const pickle::Pickle& pickle, ObjectId call) {
  const CallArguments args(pickle, call);
  args.RequireCount(2, 2);
  SparseSpec sparse{.layout = LayoutOf(pickle, args)};
  const CallArguments data(pickle, args.at(1), args.call_offset(), "a sparse tensor");
  const auto names = sparse.layout->parts();
  data.RequireCount(names.size() + 1, names.size() + (sparse.layout->compressed() ? 1 : 2));
  for (std::size_t i = 0; i < names.size(); ++i) {
    Require(CheckSite::kPtSparse, IsTensorCall(pickle.objects, data.at(i)),
            [&] { return data.Corrupt(std::string(names[i]) + " is no tensor"); });
    sparse.parts.push_back(data.at(i));
  }
  sparse.size = data.Sizes(names.size(), "a dimension");
  const std::size_t last = names.size() + 1;
  if (data.size() > last && !pickle.objects.Is(data.at(last), pickle::Kind::kNone)) {
    sparse.is_coalesced = data.Bool(last);
  }
  return sparse;
}

std::vector<IndexRule> CheckSparseParts(const pickle::Pickle& pickle, ObjectId call,
                                        const SparseSpec& sparse,
                                        std::span<const TensorSpec> parts) {
  std::vector<SparsePart> shapes;
  for (const TensorSpec& part : parts) shapes.push_back({part.dtype, part.shape});
  Require(CheckSite::kPtSparse, AreOneSparseTensor(*sparse.layout, sparse.size, shapes), [&] {
    return CallArguments(pickle, call)
        .Corrupt("the shapes or dtypes of its parts are not those of one sparse tensor");
  });
  return IndexRules(*sparse.layout, sparse.size, shapes);
}

}  // namespace statestone::pt
