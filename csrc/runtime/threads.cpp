// A team of worker threads that claim panels of the caller's work.
//
// Not an OpenMP region, for what its closing barrier costs: it waits for every thread of the team, also for one whose
// core another process holds, a whole time slice of it (measured with one core busy: 8 ms for a product of 0.6 ms).
// Here the caller begins at once and waits only for panels that a worker has begun; a worker that comes late finds
// the job closed. Nor can another library's OpenMP runtime clash with it.
#include "threads.h"

#include <pthread.h>
#include <signal.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <mutex>
#include <new>
#include <thread>

#include "affinity.h"
#include "float_environment.h"

#if defined(__x86_64__)
#include <xmmintrin.h>
#endif

namespace brisknet {
namespace {

// Below this a second thread costs more than it brings: a worker takes up a job in under 1 µs while it still spins,
// and in 5 to 50 µs when it sleeps.
constexpr double kWorthThreads = 8000;  // ns

// How long a worker looks for the next job before it sleeps: the kernels of a training step follow one another within
// some 20 µs of Python.
constexpr auto kSpin = std::chrono::microseconds(100);

// A worker can lose its core to another process in the middle of a panel, and the caller then waits for it, some
// milliseconds. When that has happened the caller works alone for a while, and longer each time that it happens again:
// with one core busy, an epoch of the MNIST network would take a third more than on one thread.
constexpr auto kLongWait = std::chrono::microseconds(200);
constexpr auto kLeastPause = std::chrono::milliseconds(10), kMostPause = std::chrono::milliseconds(320);

std::atomic<int> wanted_threads{0};  // 0: not yet decided
std::atomic<bool> forked{false};

// Threads do not survive a fork. The child works on its own.
const int watch_forks = pthread_atfork(nullptr, nullptr, [] { forked = true; });

void relax() {
#if defined(__x86_64__)
  _mm_pause();
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}

// A block of scratch memory; its first page tells how many floats follow.
constexpr size_t kPage = 4096;
struct Block {
  int64_t floats;
  float* data() { return reinterpret_cast<float*>(reinterpret_cast<char*>(this) + kPage); }
  static Block* of(float* data) { return reinterpret_cast<Block*>(reinterpret_cast<char*>(data) - kPage); }
};

// The block, or one that is large enough in its place; null where it is not to be had.
Block* enlarged(Block* block, int64_t floats) {
  if (block && block->floats >= floats) return block;
  std::free(block);
  const size_t bytes = ((size_t)floats * sizeof(float) + kPage - 1) / kPage * kPage;
  block = static_cast<Block*>(std::aligned_alloc(kPage, kPage + bytes));
  if (block) block->floats = (int64_t)(bytes / sizeof(float));
  return block;
}

// Blocks that callers left. No lock: a forked child could find it taken.
std::atomic<Block*> left_blocks[8];

float* take_scratch(int64_t floats) {
  if (!floats) return nullptr;
  Block* block = nullptr;
  for (auto& left : left_blocks)
    if (left.load(std::memory_order_relaxed) && (block = left.exchange(nullptr))) break;
  block = enlarged(block, floats);
  if (!block) throw std::bad_alloc();
  return block->data();
}

class Team {
  using Clock = std::chrono::steady_clock;

 public:
  // Runs the job on the caller and at most threads - 1 workers; false where the team is at another caller's work, or
  // was disturbed a moment ago.
  bool run(int threads, int64_t panels, Panel* body, void* context, const Scratch& scratch, int64_t floats) {
    const std::unique_lock<std::mutex> lock(callers_, std::try_to_lock);
    if (!lock.owns_lock()) return false;
    const auto begin = Clock::now();
    if (begin < alone_until_) return false;
    hire(threads - 1);
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

  // Counts a worker in, unless the job is closed.
  bool enter() {
    uint32_t inside = door_.load();
    while (!(inside & kClosed))
      if (door_.compare_exchange_weak(inside, inside + 1)) return true;
    return false;
  }

  void work(int me) {
    const DefaultFloats floats;
    Block* scratch = nullptr;
    for (uint64_t seen = 0;;) {
      seen = await_job(me, seen);
      if (!enter()) continue;
      if (me < members_) {
        if (floats_) scratch = enlarged(scratch, floats_);
        if (scratch || !floats_) claim(false, scratch ? scratch->data() : nullptr);
      }
      door_.fetch_sub(1);
    }
  }

  // Waits for a generation of jobs after this one, and until this worker is of the team: others would share the cores
  // with those that work.
  uint64_t await_job(int me, uint64_t seen) {
    const auto until = std::chrono::steady_clock::now() + kSpin;
    while (me < members_) {
      for (int i = 0; i < 50; ++i) {
        if (const uint64_t now = generation_.load(); now != seen) return now;
        relax();
      }
      if (std::chrono::steady_clock::now() >= until) break;
    }
    std::unique_lock<std::mutex> lock(bed_);
    sleeping_.fetch_add(1);
    wake_.wait(lock, [&] { return generation_.load() != seen; });
    sleeping_.fetch_sub(1);
    bench_.wait(lock, [&] { return me < members_; });
    return generation_.load();
  }

  // Changes how many workers are of the team, those with the lowest numbers.
  void resize(int members) {
    {
      const std::lock_guard<std::mutex> guard(bed_);
      members_ = members;
    }
    bench_.notify_all();
  }

  // Signals are the host's: workers take none.
  void hire(int workers) {
    if (hired_ >= workers) return;
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    try {
      for (; hired_ < workers; ++hired_) std::thread(&Team::work, this, hired_).detach();
    } catch (const std::exception&) {  // no more threads, or no memory for them, to be had: fewer do the work
    }
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
  }

  std::mutex callers_;
  int hired_ = 0;
  Clock::time_point alone_until_;
  Clock::duration pause_ = kLeastPause;

  // The job: written by the caller while the door is closed and nobody is inside.
  Panel* body_ = nullptr;
  void* context_ = nullptr;
  int64_t panels_ = 0;
  int64_t floats_ = 0;                          // of scratch memory, that each thread needs
  std::atomic<int> members_{0};                 // changed under bed_ as well
  alignas(64) std::atomic<uint64_t> taken_{0};  // how many from the front, and, times kFromBack, from the back
  alignas(64) std::atomic<uint32_t> door_{kClosed};
  alignas(64) std::atomic<uint64_t> generation_{0};

  std::mutex bed_;
  std::condition_variable wake_;   // for the next job
  std::condition_variable bench_;  // for a larger team
  std::atomic<int> sleeping_{0};
};

Team& team() {
  static Team* t = new Team;  // never destroyed: its workers wait on it until the process ends
  return *t;
}

}  // namespace

int num_threads() {
  if (forked.load(std::memory_order_relaxed)) return 1;
  int count = wanted_threads.load(std::memory_order_relaxed);
  if (!count) wanted_threads = count = available_cpus();
  return count;
}

void set_num_threads(int count) { wanted_threads = count; }

int threads_for(double nanoseconds) { return nanoseconds < kWorthThreads ? 1 : num_threads(); }

void run_panels(int64_t panels, double nanoseconds, Panel* body, void* context, int64_t floats) {
  const Scratch scratch(floats);
  const int threads = panels < 2 ? 1 : threads_for(nanoseconds);
  if (threads > 1 && team().run(threads, panels, body, context, scratch, floats)) return;
  for (int64_t i = 0; i < panels; ++i) body(context, i, scratch.data);
}

Scratch::Scratch(int64_t floats) : data(take_scratch(floats)) {}

Scratch::~Scratch() {
  if (!data) return;
  Block* const block = Block::of(data);
  for (auto& left : left_blocks)
    if (Block* none = nullptr; left.compare_exchange_strong(none, block)) return;
  std::free(block);
}

}  // namespace brisknet
