// The number of threads for a piece of work, and the parallel loop that every kernel uses.
#pragma once

#include <string>

#include "team.h"

namespace brisknet {

// The number of threads that large work of the calling thread uses: what was set, at first available_cpus(), or fewer
// where OpenMP's limit of this thread is lower. A child forked from this process begins with 1.
int num_threads();

// For the whole process. Returns the previous setting.
int set_num_threads(int count);

// The file name of the OpenMP runtime that supplies them.
std::string openmp_runtime();

// The number of threads for work estimated at this many nanoseconds: 1 if waking other threads would not pay.
int threads_for(double nanoseconds);

// body(context, panel, scratch) for each panel in [0, panels), in no particular order, on threads_for(nanoseconds)
// threads, each of which has `floats` of scratch memory. Throws std::bad_alloc before the first panel where the caller
// cannot have its own; a worker that cannot takes no part.
void run_panels(int64_t panels, double nanoseconds, Panel* body, void* context, int64_t floats);

namespace {

template <class Body>
inline void parallel(int64_t panels, double nanoseconds, const Body& body) {
  run_panels(
      panels, nanoseconds, [](void* context, int64_t panel, float*) { (*static_cast<const Body*>(context))(panel); },
      const_cast<Body*>(&body), 0);
}

// body(panel, scratch), with this many floats.
template <class Body>
inline void parallel_with_scratch(int64_t panels, double nanoseconds, int64_t floats, const Body& body) {
  run_panels(
      panels, nanoseconds,
      [](void* context, int64_t panel, float* scratch) { (*static_cast<const Body*>(context))(panel, scratch); },
      const_cast<Body*>(&body), floats);
}

// body(begin, end) over [0, n) in panels of at most `panel` elements.
template <class Body>
inline void parallel_range(int64_t n, int64_t panel, double nanoseconds, const Body& body) {
  parallel((n + panel - 1) / panel, nanoseconds, [&](int64_t i) {
    const int64_t begin = i * panel;
    body(begin, n - begin < panel ? n : begin + panel);
  });
}

}  // namespace
}  // namespace brisknet
