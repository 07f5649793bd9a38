// How many threads a piece of work deserves, and the one parallel loop that every kernel uses.
#pragma once

#include <stdint.h>

namespace brisknet {

// The number of threads that large work uses: at first available_cpus(). 1 in a child forked from this process.
int num_threads();
void set_num_threads(int count);

// The number that work estimated at so many nanoseconds uses: 1 where waking other threads would not pay.
int threads_for(double nanoseconds);

// body(context, panel) for each panel in [0, panels), in no particular order, on threads_for(nanoseconds) threads.
void run_panels(int64_t panels, double nanoseconds, void (*body)(void* context, int64_t panel), void* context);

// Memory of the calling thread, at least so many floats, aligned to a page; valid until its next call.
float* scratch(int64_t floats);

namespace {

template <class Body>
inline void parallel(int64_t panels, double nanoseconds, const Body& body) {
  run_panels(
      panels, nanoseconds, [](void* context, int64_t panel) { (*static_cast<const Body*>(context))(panel); },
      const_cast<Body*>(&body));
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
