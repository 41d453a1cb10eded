// Optimizers that give the bits of Python's, under the names that they have there.
#pragma once

#include "statestone/optim/adagrad.h"
#include "statestone/optim/adam.h"
#include "statestone/optim/lbfgs.h"
#include "statestone/optim/rmsprop.h"
#include "statestone/optim/sgd.h"
