// Schedulers of learning rates with the formulas and the states of Python's.
#pragma once

#include "statestone/schedulers/composite.h"
#include "statestone/schedulers/cosine.h"
#include "statestone/schedulers/cyclic.h"
#include "statestone/schedulers/decay.h"
#include "statestone/schedulers/lambda.h"
#include "statestone/schedulers/one_cycle.h"
#include "statestone/schedulers/plateau.h"
#include "statestone/schedulers/scheduler.h"
