// Times matrix products on a team of threads; which team is what this is linked with (threads.py).
//   threads COUNT M N K
// Prints the µs of the process's first product, of products one after another, and of products 50 ms apart, a line
// each.
#include "runtime/threads.h"

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <thread>
#include <vector>

#include "kernels/isa.h"

int main(int, char** arguments) {
  brisknet::set_num_threads(std::atoi(arguments[1]));
  const int64_t m = std::atoi(arguments[2]), n = std::atoi(arguments[3]), k = std::atoi(arguments[4]);
  std::vector<float> a(m * k, 1), b(k * n, 1), c(m * n);
  const brisknet::Matmul product{m, n, k, a.data(), b.data(), nullptr, c.data(), false, false, {}};

  const auto microseconds = [&](int calls) {
    const auto begin = std::chrono::steady_clock::now();
    for (int i = 0; i < calls; ++i) brisknet::BRISKNET_ISA::matmul(product);
    return std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - begin).count() / calls;
  };
  std::printf("%.2f\n", microseconds(1));
  microseconds(50);
  for (int i = 0; i < 100; ++i) std::printf("%.2f ", microseconds(10));
  std::printf("\n");
  for (int i = 0; i < 20; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    std::printf("%.2f ", microseconds(1));
  }
}
