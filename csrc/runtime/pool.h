// Memory of the arrays that kernels return.
#pragma once

#include <cstddef>

namespace brisknet {

// 64-byte aligned memory, or null. A training step asks for the same sizes again and again; blocks given back are kept
// for that, up to a bound, so that a step never asks the system for pages. Not thread-safe: callers hold the GIL.
void* take(size_t bytes);
void give_back(void* memory) noexcept;

}  // namespace brisknet
