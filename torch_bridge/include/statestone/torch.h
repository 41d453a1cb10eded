// Everything of the LibTorch bridge in one include.
#pragma once

#include "statestone/module.h"
#include "statestone/optim.h"
#include "statestone/report.h"
#include "statestone/rng.h"
#include "statestone/schedulers.h"
#include "statestone/torch_checkpoint.h"
#include "statestone/torch_dtype.h"
