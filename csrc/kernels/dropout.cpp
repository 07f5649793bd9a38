// Counter-based random numbers and what uses them.
//
// Philox4x32-10 (J. Salmon, M. Moraes, R. Dror, D. Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC11): a block
// of four words is a function of the key and of a 128-bit counter, here the draw's stream and the block's position. So
// any element can be had alone, on any thread. Elements come in groups of 64, made of 16 blocks: word w of block b is
// element 16 w + b of the group. That is the order in which vectors of 4, 8 or 16 lanes need no shuffling.
#include "isa.h"
#include "runtime/threads.h"
#include "vecmath.h"

namespace brisknet {
namespace BRISKNET_ISA {
namespace {

constexpr int64_t kGroup = 64, kBlocks = 16;
constexpr int64_t kPanel = 128;  // groups a thread claims at once

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
INLINE void each_vector(int64_t group, int64_t n, const Use& use) {
  for (int b = 0; b < kBlocks; b += kLanes)
    for (int w = 0; w < 4; ++w) {
      const int64_t element = group * kGroup + w * kBlocks + b;
      if (element < n) use(element, w, b);
    }
}

vf uniform(vu word) { return __builtin_convertvector((vi)(word >> 8), vf) * 0x1p-24f; }  // [0, 1)

// Two pairs of independent standard normals (G. Box, M. Muller, 1958).
void normals(const Words& words, vf z[4]) {
  for (int pair = 0; pair < 2; ++pair) {
    const vf u = fma(__builtin_convertvector((vi)(words.word[2 * pair] >> 1), vf), set1(0x1p-31f), set1(0x1p-32f));
    const vf radius = sqrt(-2.0f * log(u));
    vf cosine, sine;
    cos_sin_quarters(uniform(words.word[2 * pair + 1]) * 4.0f, &cosine, &sine);
    z[2 * pair] = radius * cosine;
    z[2 * pair + 1] = radius * sine;
  }
}

INLINE void masked(vf scale, uint64_t mask, const float* x, float* y, int64_t element, int64_t n) {
  const vi keep = mask_of((uint32_t)(mask >> (element % kGroup)));
  store_upto(y + element, keep ? load_upto(x + element, n - element) * scale : vf{}, n - element);
}

}  // namespace

// An element is kept where its word is at least rate * 2^32.
void dropout(Draw draw, double rate, const float* x, float* y, uint64_t* mask, int64_t n) {
  const vf scale = set1((float)(1.0 / (1.0 - rate)));
  const vi threshold = set1i((int32_t)((uint32_t)(rate * 0x1p32) ^ 0x80000000u));  // order of signed words
  each_group(n, 0.7, [&](int64_t group) {
    uint64_t bits = 0;
    for (int b = 0; b < kBlocks; b += kLanes) {
      const Words words = philox(draw, group * kBlocks + b, 0);
      for (int w = 0; w < 4; ++w)
        bits |= (uint64_t)bits_of((vi)(words.word[w] ^ 0x80000000u) >= threshold) << (w * kBlocks + b);
    }
    mask[group] = bits;
    each_vector(group, n, [&](int64_t element, int, int) { masked(scale, bits, x, y, element, n); });
  });
}

void dropout_backward(double rate, const uint64_t* mask, const float* dy, float* dx, int64_t n) {
  const vf scale = set1((float)(1.0 / (1.0 - rate)));
  each_group(n, 0.15, [&](int64_t group) {
    each_vector(group, n, [&](int64_t element, int, int) { masked(scale, mask[group], dy, dx, element, n); });
  });
}

void random_uniform(Draw draw, double low, double high, float* y, int64_t n) {
  const vf range = set1((float)(high - low)), base = set1((float)low);
  // Rounding must not reach the upper limit, which is not in the range.
  const vf most = set1(high > low ? __builtin_nextafterf((float)high, (float)low) : (float)high);
  each_group(n, 0.7, [&](int64_t group) {
    Words words[kBlocks / kLanes];
    for (int b = 0; b < kBlocks; b += kLanes) words[b / kLanes] = philox(draw, group * kBlocks + b, 0);
    each_vector(group, n, [&](int64_t element, int w, int b) {
      const vf u = at_most(fma(uniform(words[b / kLanes].word[w]), range, base), most);
      store_upto(y + element, u, n - element);
    });
  });
}

void random_normal(Draw draw, double mean, double deviation, bool truncated, float* y, int64_t n) {
  each_group(n, 3, [&](int64_t group) {
    vf z[kBlocks / kLanes][4];
    for (int b = 0; b < kBlocks; b += kLanes) {
      vf* mine = z[b / kLanes];
      normals(philox(draw, group * kBlocks + b, 0), mine);
      uint32_t outside = truncated;
      for (uint32_t attempt = 1; outside; ++attempt) {
        vf again[4];
        normals(philox(draw, group * kBlocks + b, attempt), again);
        outside = 0;
        for (int w = 0; w < 4; ++w) {
          mine[w] = abs(mine[w]) > 2.0f ? again[w] : mine[w];
          outside |= bits_of(abs(mine[w]) > 2.0f);
        }
      }
    }
    each_vector(group, n, [&](int64_t element, int w, int b) {
      store_upto(y + element, fma(z[b / kLanes][w], set1((float)deviation), set1((float)mean)), n - element);
    });
  });
}

void permutation(Draw draw, int64_t* y, int64_t n) {
  for (int64_t i = 0; i < n; ++i) y[i] = i;
  uint32_t words[kGroup];
  int64_t group = 0;
  int used = kGroup;
  const auto next = [&] {
    if (used == kGroup) {
      for (int b = 0; b < kBlocks; b += kLanes) {
        const Words block = philox(draw, group * kBlocks + b, 0);
        for (int w = 0; w < 4; ++w) memcpy(words + w * kBlocks + b, &block.word[w], sizeof(vu));
      }
      ++group;
      used = 0;
    }
    return words[used++];
  };
  // 64 random bits scaled to [0, i]: the bias is below i / 2^64.
  for (int64_t i = n - 1; i > 0; --i) {
    const uint64_t high = next(), low = next();
    const int64_t j = (int64_t)(((unsigned __int128)(high << 32 | low) * (uint64_t)(i + 1)) >> 64);
    const int64_t other = y[j];
    y[j] = y[i];
    y[i] = other;
  }
}

}  // namespace BRISKNET_ISA
}  // namespace brisknet
