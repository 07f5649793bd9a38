// A team of OpenMP threads that claim panels of a caller's work.
#pragma once

#include <stdint.h>

#include "scratch.h"

namespace brisknet {

// body(context, panel, scratch), as in run_panels.
using Panel = void(void* context, int64_t panel, float* scratch);

// Runs body for each panel in [0, panels) on the caller and at most threads - 1 workers, each with `floats` of scratch
// memory. False, and nothing is done, where the team is at another caller's work, or was disturbed a moment ago.
bool run_on_team(int threads, int64_t panels, Panel* body, void* context, const Scratch& scratch, int64_t floats);

// For a forked child, in which no thread of the team exists: the next work gets a new team.
void forget_team();

}  // namespace brisknet
