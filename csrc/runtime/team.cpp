// OpenMP supplies the threads; the sharing of work is implemented here.
//
// A plain parallel region ends with a barrier, which waits for every thread, also for one whose core another process
// holds, a whole time slice of it (docs/performance.md has the figures). Here one region stays open, and its members
// wait in it for jobs. The caller begins at once and waits only for panels that a member has begun; a member that
// comes late finds the job closed.
//
// The region is opened by a thread of ours, the host, for as many threads as the caller and the members are. The one
// that OMP_PLACES and OMP_PROC_BIND bind to the caller's place sleeps; libgomp's is the host, libomp's may be another.
// Being inside a region, members never meet the runtime's own way of waiting (OMP_WAIT_POLICY): they spin for kSpin,
// then sleep. The host opens another region where more members are wanted, and meanwhile callers work without.
//
// The region's body captures nothing and shares with the host only what is atomic or locked: so ThreadSanitizer, which
// does not see the barriers inside the runtimes, has nothing to complain of.
#include "team.h"

#include <omp.h>
#include <pthread.h>
#include <signal.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <memory>
#include <mutex>
#include <thread>

#include "float_environment.h"

#if defined(__x86_64__)
#include <xmmintrin.h>
#endif

namespace brisknet {
namespace {

// How long a worker looks for the next job before it sleeps: the kernels of a training step follow one another within
// some 20 µs of Python.
constexpr auto kSpin = std::chrono::microseconds(100);

// A worker can lose its core to another process in the middle of a panel, and the caller then waits for it, some
// milliseconds. When that has happened the caller works alone for a while, and longer each time that it happens again:
// with one core busy, an epoch of the MNIST network would take a third more than on one thread.
constexpr auto kLongWait = std::chrono::microseconds(200);
constexpr auto kLeastPause = std::chrono::milliseconds(10), kMostPause = std::chrono::milliseconds(320);

void relax() {
#if defined(__x86_64__)
  _mm_pause();
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}

// How many more threads this process may have, at most `count`: both libgomp and libomp end the process where they
// are refused one. Where the limit is near, half of what is left. Nothing here may throw (as std::thread does, and,
// within, new (std::nothrow)): a thread's first exception takes memory, and ends the process where there is none.
int affordable(int count) {
  const auto wait = [](void* end) -> void* {
    const std::lock_guard<std::mutex> lock(*static_cast<std::mutex*>(end));
    return nullptr;
  };
  std::mutex end;
  auto* const tried = static_cast<pthread_t*>(std::malloc(count * sizeof(pthread_t)));
  int had = 0;
  {
    const std::lock_guard<std::mutex> not_yet(end);
    while (tried && had < count && !pthread_create(&tried[had], nullptr, wait, &end)) ++had;
  }
  for (int i = 0; i < had; ++i) pthread_join(tried[i], nullptr);
  std::free(tried);
  return had < count ? had / 2 : count;
}

class Team {
  using Clock = std::chrono::steady_clock;

 public:
  bool run(int threads, int64_t panels, Panel* body, void* context, const Scratch& scratch, int64_t floats) {
    const std::unique_lock<std::mutex> lock(callers_, std::try_to_lock);
    if (!lock.owns_lock()) return false;
    const auto begin = Clock::now();
    if (begin < alone_until_) return false;
    if (asked_.load(std::memory_order_relaxed) < threads - 1) hire(threads - 1);
    body_ = body;
    context_ = context;
    panels_ = panels;
    floats_ = floats;
    if (members_ != threads - 1) resize(threads - 1);
    taken_.store(0, std::memory_order_relaxed);
    door_.store(0);  // open, nobody inside
    generation_.fetch_add(1);
    if (sleeping_.load()) {
      {
        const std::lock_guard<std::mutex> guard(bed_);
      }
      wake_.notify_all();
    }
    claim(true, scratch.data);
    const auto done = Clock::now();
    door_.fetch_or(kClosed);
    for (int spins = 0; door_.load(std::memory_order_acquire) != kClosed;)
      if (++spins < 2000)
        relax();
      else
        std::this_thread::yield();
    rest(begin, done, Clock::now());
    return true;
  }

 private:
  static constexpr uint32_t kClosed = 1u << 31;
  static constexpr uint64_t kFromBack = 1ull << 32;

  // Decides whether the caller had to wait for so long that it should work alone: longer than its own share took.
  void rest(Clock::time_point begin, Clock::time_point done, Clock::time_point end) {
    if (end - done > kLongWait + (done - begin)) {
      pause_ = begin < alone_until_ + pause_ ? std::min<Clock::duration>(2 * pause_, kMostPause) : kLeastPause;
      alone_until_ = end + pause_;
    }
  }

  // The caller takes panels from the front, workers from the back: so from one kernel to the next a thread mostly
  // meets the memory that it has in its cache.
  void claim(bool from_front, float* scratch) {
    for (;;) {
      const uint64_t taken = taken_.fetch_add(from_front ? 1 : kFromBack, std::memory_order_relaxed);
      const int64_t front = taken % kFromBack, back = taken / kFromBack;
      if (front + back >= panels_) return;
      body_(context_, from_front ? front : panels_ - 1 - back, scratch);
    }
  }

  // Registers a worker with the job, unless the job is closed.
  bool enter() {
    uint32_t inside = door_.load();
    while (!(inside & kClosed))
      if (door_.compare_exchange_weak(inside, inside + 1)) return true;
    return false;
  }

  // A member of a region works until a larger region is requested.
  void work(int me) {
    const DefaultFloats floats;
    WorkerScratch scratch;
    for (uint64_t seen = 0; is_enough();) {
      seen = await_job(me, seen);
      if (!enter()) continue;
      if (me < members_ && scratch.reserve(floats_)) claim(false, scratch.data);
      door_.fetch_sub(1);
    }
  }

  // Waits for a generation of jobs after this one, and until this worker is of the team: others would share the cores
  // with those that work.
  uint64_t await_job(int me, uint64_t seen) {
    const auto until = Clock::now() + kSpin;
    while (me < members_) {
      for (int i = 0; i < 50; ++i) {
        if (const uint64_t now = generation_.load(); now != seen) return now;
        relax();
      }
      if (Clock::now() >= until) break;
    }
    std::unique_lock<std::mutex> lock(bed_);
    sleeping_.fetch_add(1);
    wake_.wait(lock, [&] { return generation_.load() != seen; });
    sleeping_.fetch_sub(1);
    bench_.wait(lock, [&] { return me < members_ || !is_enough(); });
    return generation_.load();
  }

  // Changes the number of workers in the team: those with the lowest numbers belong to it.
  void resize(int members) {
    {
      const std::lock_guard<std::mutex> guard(bed_);
      members_ = members;
    }
    bench_.notify_all();
  }

  // Asks for so many members, whom nobody waits for. Signals are the program's: the host, and so all that it brings,
  // take none.
  void hire(int members) {
    bool alone;
    {
      const std::lock_guard<std::mutex> guard(bed_);
      alone = !asked_;
      asked_ = members;
      generation_.fetch_add(1);
    }
    wake_.notify_all();
    bench_.notify_all();
    if (!alone) return;
    place_ = omp_get_place_num();
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    pthread_t thread;
    const auto host = [](void* team) -> void* { return static_cast<Team*>(team)->host(), nullptr; };
    if (pthread_create(&thread, nullptr, host, this))
      asked_ = 0;  // the next caller tries again
    else
      pthread_detach(thread);
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
  }

  bool is_enough() const { return asked_.load() == opened_.load(); }

  void host() {
    for (int members = 0;;) {
      const int asked = asked_;
      members += affordable(asked - opened_);
      opened_ = asked;
      sleeper_ = -1;
      if (members) {
        open_region(1 + members);
      } else if (const std::lock_guard<std::mutex> guard(bed_); is_enough()) {
        asked_ = opened_ = 0;  // the next caller tries again
        return;
      }
    }
  }

  static void open_region(int threads);

  std::mutex callers_;
  Clock::time_point alone_until_;
  Clock::duration pause_ = kLeastPause;

  // The job: written by the caller while the door is closed and nobody is inside.
  Panel* body_ = nullptr;
  void* context_ = nullptr;
  int64_t panels_ = 0;
  int64_t floats_ = 0;                          // of scratch memory for each thread
  std::atomic<int> members_{0};                 // changed under bed_ as well
  alignas(64) std::atomic<uint64_t> taken_{0};  // how many from the front, and, times kFromBack, from the back
  alignas(64) std::atomic<uint32_t> door_{kClosed};
  alignas(64) std::atomic<uint64_t> generation_{0};

  std::mutex bed_;
  std::condition_variable wake_;   // for the next job
  std::condition_variable bench_;  // for a larger team
  std::atomic<int> sleeping_{0};

  std::atomic<int> asked_{0};   // how many members are wanted in the region: never fewer than before
  std::atomic<int> opened_{0};  // for how many the region was opened; the process may not afford them all
  std::atomic<int> place_{-1};  // the place of the first caller; negative if there are no places
  std::atomic<int> sleeper_;    // the number of the region's thread that is no member
};

std::atomic<Team*> current{nullptr};  // never destroyed: its members wait on it until the process ends

Team& team() {
  Team* team = current.load(std::memory_order_acquire);
  if (team) return *team;
  auto fresh = std::make_unique<Team>();
  return *(current.compare_exchange_strong(team, fresh.get()) ? fresh.release() : team);
}

void Team::open_region(int threads) {
#pragma omp parallel num_threads(threads)
  {
    Team& team = *current.load();
    const int number = omp_get_thread_num();
    if (team.place_ >= 0) {  // all wait for it, or none
      if (int none = -1; omp_get_place_num() == team.place_) team.sleeper_.compare_exchange_strong(none, number);
#pragma omp barrier
    }
    const int sleeper = std::max(team.sleeper_.load(), 0);
    if (number != sleeper) {
      team.work(number - (number > sleeper));
    } else {
      std::unique_lock<std::mutex> lock(team.bed_);
      team.bench_.wait(lock, [&] { return !team.is_enough(); });
    }
  }
}

}  // namespace

bool run_on_team(int threads, int64_t panels, Panel* body, void* context, const Scratch& scratch, int64_t floats) {
  return team().run(threads, panels, body, context, scratch, floats);
}

void forget_team() { current = nullptr; }

}  // namespace brisknet
