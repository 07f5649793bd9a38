// Which instruction sets were built, which this CPU and its operating system can run, and which is in use.
#pragma once

#include <string>
#include <vector>

#include "kernels/kernels.h"

namespace brisknet {

std::vector<std::string> built_isas();   // from the baseline to the widest
std::vector<std::string> usable_isas();  // built ∩ CPU ∩ operating system
std::string active_isa();

// Uses the kernels of this instruction set from now on; returns false if it is not usable.
bool use_isa(const std::string& name);

// The kernels in use: at first those of the widest usable instruction set.
const Kernels& kernels();

}  // namespace brisknet
