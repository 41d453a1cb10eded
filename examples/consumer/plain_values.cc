// Writes a few numbers and a table of settings without torch, and reads them back.
#include <statestone/reader.h>
#include <statestone/writer.h>

#include <array>
#include <iostream>

int main() {
  const std::array<float, 6> weights = {1, 2, 3, 4, 5, 6};

  statestone::Writer writer("plain_values.stone");
  const statestone::ScopeRef scope = writer.AddScope();
  writer.AddTensor(scope, {.name = "weights",
                           .dtype = statestone::DType::kFloat32,
                           .shape = {2, 3},
                           .data = weights.data()});
  writer.AddValue("tensors", statestone::Value::TensorDict(scope));
  writer.AddValue("settings", {{"width", 128}, {"dropout", 0.1}});
  writer.Finish();

  const auto reader = statestone::Reader::Open("plain_values.stone");
  std::array<float, 6> restored = {};
  reader.Read(reader.FindTensor("tensors/weights").value(),
              std::as_writable_bytes(std::span(restored)));
  if (restored != weights) return 1;
  std::cout << "width " << reader.ReadValue("settings")["width"].AsInt() << ", last weight "
            << restored.back() << "\n";
}
