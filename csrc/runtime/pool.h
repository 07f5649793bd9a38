// Memory for the arrays that kernels return.
#pragma once

#include <cstddef>

namespace brisknet {

// 64-byte aligned memory, or null. Training steps request the same sizes repeatedly, so freed blocks are kept, up to a
// limit, and a step never requests pages from the system. Not thread-safe: callers hold the GIL.
void* take(size_t bytes);
void give_back(void* memory) noexcept;

}  // namespace brisknet
