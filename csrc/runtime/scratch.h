// Memory for a kernel's intermediate results, aligned to a page.
#pragma once

#include <stdint.h>

namespace brisknet {

// At least so many floats while this lives; then kept for the next. Throws std::bad_alloc, so a kernel has its own
// before it writes anything. Not thread_local, whose memory the linker takes at a thread's first use, and which ends
// the process where there is none.
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

  // Whether it has at least so many floats now.
  bool reserve(int64_t floats);
  float* data = nullptr;
};

}  // namespace brisknet
