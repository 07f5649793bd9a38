// The most float32 fused multiply-adds this machine does: chains of them in registers, on several threads at once.
//
//   fma_peak THREADS    prints a line for each vector width: its bits, and GFLOP/s (a multiply-add counts as 2).
//
// To be compiled where it runs, with -O2 -march=native -ffp-contract=fast: that makes each `chain += chain * x` an FMA.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <thread>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;

// CPUs begin 2 FMAs a cycle, some aarch64 4, and each takes 4 or 5: fewer chains would wait for one another. More would
// not fit in AVX2's 16 registers; NEON has 32.
#ifdef __aarch64__
constexpr int kChains = 24;
#else
constexpr int kChains = 12;
#endif
constexpr int kRounds = 1000000;  // some 2 to 4 ms
constexpr int kRuns = 50;

template <int kBytes>
void multiply_add() {
  typedef float Vector __attribute__((vector_size(kBytes)));
  Vector x = Vector{} + 1e-9f, chains[kChains];
  for (Vector& chain : chains) chain = Vector{} + 1.0f;
  asm volatile("" : "+m"(x), "+m"(chains));  // the compiler may not know their values
  for (int round = 0; round < kRounds; ++round)
#pragma GCC unroll 24
    for (int i = 0; i < kChains; ++i) chains[i] += chains[i] * x;
  asm volatile("" : : "m"(chains));  // nor that the results go unused
}

// The best of several runs, in GFLOP/s. A run lasts from the first thread's start to the last one's end.
template <int kBytes>
double peak(int threads) {
  double best = 0;
  for (int run = 0; run < kRuns; ++run) {
    std::vector<Clock::time_point> begin(threads), end(threads);
    std::atomic<int> waiting{threads};
    std::vector<std::thread> team;
    for (int me = 0; me < threads; ++me)
      team.emplace_back([&, me] {
        for (--waiting; waiting > 0;) {
        }
        begin[me] = Clock::now();
        multiply_add<kBytes>();
        end[me] = Clock::now();
      });
    for (std::thread& member : team) member.join();
    const std::chrono::duration<double> seconds =
        *std::max_element(end.begin(), end.end()) - *std::min_element(begin.begin(), begin.end());
    const double flops = 2.0 * (kBytes / sizeof(float)) * kChains * kRounds * threads;
    best = std::max(best, flops / seconds.count() / 1e9);
  }
  return best;
}

}  // namespace

int main(int argc, char** argv) {
  const int threads = argc > 1 ? std::max(1, std::atoi(argv[1])) : 1;
#if defined(__AVX2__) && defined(__FMA__)
  std::printf("256 %.1f\n", peak<32>(threads));
#elif defined(__aarch64__)
  std::printf("128 %.1f\n", peak<16>(threads));
#else
#error "neither AVX2 with FMA nor NEON"
#endif
#ifdef __AVX512F__
  std::printf("512 %.1f\n", peak<64>(threads));
#endif
}
