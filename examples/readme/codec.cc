// The README's example of the codec: no torch.
#include <statestone/reader.h>
#include <statestone/writer.h>

#include <cstdio>
#include <cstring>
#include <vector>

int main() {
  std::vector<float> weights(1000 * 1000, 0.5F);

  statestone::Writer writer("weights.stone");
  auto scope = writer.AddScope();
  writer.AddTensor(scope, {.name = "fc.weight", .shape = {1000, 1000}, .data = weights.data()});
  writer.AddModel("model", {.scope = scope});
  writer.AddValue("epoch", 12);
  writer.Finish();  // all of it is on disk now, or nothing is

  auto reader = statestone::Reader::Open("weights.stone");
  auto tensor = reader.FindTensor("model/fc.weight").value();
  std::vector<std::byte> bytes = reader.Read(tensor);  // checked, decoded, row-major
  auto epoch = reader.ReadValue("epoch").AsInt();

  const bool same = std::memcmp(bytes.data(), weights.data(), bytes.size()) == 0;
  std::printf("epoch %ld, %zu bytes, %s\n", static_cast<long>(epoch), bytes.size(),
              same ? "the same" : "different");
  return same ? 0 : 1;
}
