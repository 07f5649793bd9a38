#include "threads.h"

#include <dlfcn.h>
#include <omp.h>
#include <pthread.h>

#include <algorithm>
#include <atomic>

#include "affinity.h"
#include "team.h"

namespace brisknet {
namespace {

// Below this a second thread costs more than it brings: a worker takes up a job in under 1 µs while it still spins,
// and in 5 to 50 µs when it sleeps.
constexpr double kWorthThreads = 8000;  // ns

std::atomic<int> wanted_threads{0};  // 0: not yet decided

// The value of omp_get_max_threads() without a limit.
const int unlimited = omp_get_max_threads();

// Threads do not survive a fork. The child uses one thread until it requests more.
const int watch_forks = pthread_atfork(nullptr, nullptr, [] {
  forget_team();
  wanted_threads = 1;
});

}  // namespace

// omp_set_num_threads, which threadpoolctl calls, sets a limit for the calling thread. It tells nothing where it is
// what OpenMP began with: BRISKNET_NUM_THREADS and set_num_threads may ask for more.
int num_threads() {
  int count = wanted_threads.load(std::memory_order_relaxed);
  if (!count) wanted_threads = count = available_cpus();
  const int limit = omp_get_max_threads();  // 2 ns
  return limit < unlimited ? std::min(count, limit) : count;
}

int set_num_threads(int count) {
  const int before = wanted_threads.exchange(count);
  return before ? before : available_cpus();
}

std::string openmp_runtime() {
  Dl_info info;
  if (!dladdr(reinterpret_cast<void*>(&omp_get_max_threads), &info)) return "unknown";
  const std::string path = info.dli_fname;
  return path.substr(path.rfind('/') + 1);
}

int threads_for(double nanoseconds) { return nanoseconds < kWorthThreads ? 1 : num_threads(); }

void run_panels(int64_t panels, double nanoseconds, Panel* body, void* context, int64_t floats) {
  const Scratch scratch(floats);
  const int threads = panels < 2 ? 1 : threads_for(nanoseconds);
  if (threads > 1 && run_on_team(threads, panels, body, context, scratch, floats)) return;
  for (int64_t i = 0; i < panels; ++i) body(context, i, scratch.data);
}

}  // namespace brisknet
