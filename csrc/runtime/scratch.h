// Memory for a kernel's intermediate results, aligned to a page.
#pragma once

#include <stdint.h>

namespace brisknet {

// At least this many floats during its lifetime; afterwards the block is kept for reuse. Throws std::bad_alloc, so a
// kernel creates it before it writes anything. Not thread_local: that memory is allocated at a thread's first use, and
// the process ends if this fails.
class Scratch {
 public:
  explicit Scratch(int64_t floats);
  ~Scratch();
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;

  float* const data;
};

// A worker's own, which grows as its jobs need.
class WorkerScratch {
 public:
  WorkerScratch() = default;
  ~WorkerScratch();
  WorkerScratch(const WorkerScratch&) = delete;
  WorkerScratch& operator=(const WorkerScratch&) = delete;

  // Ensures at least this many floats; returns whether that succeeded.
  bool reserve(int64_t floats);
  float* data = nullptr;
};

}  // namespace brisknet
