// The precompiled header of every file that includes torch belongs to this target.
#include <torch/torch.h>
