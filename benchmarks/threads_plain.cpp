// What threads.py compares the team with: a plain OpenMP region for each piece of work.
#include <atomic>

#include "runtime/threads.h"

namespace brisknet {
namespace {
std::atomic<int> count{1};
}

int num_threads() { return count; }
int set_num_threads(int threads) { return count.exchange(threads); }
int threads_for(double nanoseconds) { return nanoseconds < 8000 ? 1 : num_threads(); }

void run_panels(int64_t panels, double nanoseconds, Panel* body, void* context, int64_t floats) {
  const int threads = panels < 2 ? 1 : threads_for(nanoseconds);
#pragma omp parallel num_threads(threads) if (threads > 1)
  {
    const Scratch scratch(floats);
#pragma omp for schedule(dynamic) nowait
    for (int64_t i = 0; i < panels; ++i) body(context, i, scratch.data);
  }
}

}  // namespace brisknet
