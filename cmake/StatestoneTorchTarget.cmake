# What every target that includes torch is compiled with: one precompiled header for all of them,
# since torch's headers alone take half a minute.
add_library(statestone_torch_headers OBJECT ${PROJECT_SOURCE_DIR}/torch_bridge/torch_headers.cc)
statestone_target(statestone_torch_headers)
target_link_libraries(statestone_torch_headers PRIVATE statestone::torch)
target_precompile_headers(statestone_torch_headers PRIVATE <torch/torch.h>)

function(statestone_torch_target target)
  statestone_target(${target})
  # A precompiled header fits only equal flags: programs get the libraries' -fPIC, not -fPIE.
  set_target_properties(${target} PROPERTIES POSITION_INDEPENDENT_CODE OFF)
  target_compile_options(${target} PRIVATE -fPIC -Winvalid-pch)
  target_precompile_headers(${target} REUSE_FROM statestone_torch_headers)
endfunction()
