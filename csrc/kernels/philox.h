// Counter-based random numbers.
//
// Philox4x32-10 (J. Salmon, M. Moraes, R. Dror, D. Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC11): a block
// of four words is a function of the key and of a 128-bit counter, here the draw's stream and the block's position. So
// any element can be had alone, on any thread. Elements come in groups of 64, made of 16 blocks: word w of block b is
// element 16 w + b of the group. That is the order in which vectors of 4, 8 or 16 lanes need no shuffling.
#pragma once

#include "kernels.h"
#include "runtime/threads.h"
#include "vec.h"

namespace brisknet {
namespace BRISKNET_ISA {
namespace {

constexpr int64_t kGroup = 64, kBlocks = 16;
constexpr int64_t kPanel = 128;  // groups that a thread claims at a time

struct Words {
  vu word[4];
};

// Blocks first … first + kLanes - 1 (they never wrap in their low half: groups are aligned). A draw that must repeat
// an element takes another attempt, which stands in counter bits that no position reaches.
Words philox(Draw draw, uint64_t first, uint32_t attempt) {
  vu c0 = (vu)iota() + (uint32_t)first;
  vu c1 = set1u((uint32_t)(first >> 32) ^ attempt << 16);
  vu c2 = set1u((uint32_t)draw.stream), c3 = set1u((uint32_t)(draw.stream >> 32));
  uint32_t k0 = (uint32_t)draw.seed, k1 = (uint32_t)(draw.seed >> 32);
  for (int round = 0; round < 10; ++round) {
    vu high0, low0, high1, low1;
    multiply_wide(c0, 0xd2511f53u, &high0, &low0);
    multiply_wide(c2, 0xcd9e8d57u, &high1, &low1);
    c0 = high1 ^ c1 ^ k0;
    c1 = low1;
    c2 = high0 ^ c3 ^ k1;
    c3 = low0;
    k0 += 0x9e3779b9u;
    k1 += 0xbb67ae85u;
  }
  return {{c0, c1, c2, c3}};
}

// body(group, b) for the vectors of blocks of all groups of n elements.
template <class Body>
void each_group(int64_t n, double cost, const Body& body) {
  parallel_range((n + kGroup - 1) / kGroup, kPanel, cost * (double)n, [&](int64_t begin, int64_t end) {
    for (int64_t group = begin; group < end; ++group) body(group);
  });
}

// use(element, vector index) for word w of the blocks from b on, where the element lies before n.
template <class Use>
INLINE void each_vector_of_group(int64_t group, int64_t n, const Use& use) {
  for (int b = 0; b < kBlocks; b += kLanes)
    for (int w = 0; w < 4; ++w) {
      const int64_t element = group * kGroup + w * kBlocks + b;
      if (element < n) use(element, w, b);
    }
}

}  // namespace
}  // namespace BRISKNET_ISA
}  // namespace brisknet
