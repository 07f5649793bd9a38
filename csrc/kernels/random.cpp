// Random arrays: uniform and normal numbers, and permutations.
#include "isa.h"
#include "philox.h"
#include "vecmath.h"

namespace brisknet {
namespace BRISKNET_ISA {
namespace {

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

}  // namespace

void random_uniform(Draw draw, double low, double high, float* y, int64_t n) {
  const vf range = set1((float)(high - low)), base = set1((float)low);
  // Rounding must not yield the upper limit, which is excluded.
  const vf most = set1(high > low ? __builtin_nextafterf((float)high, (float)low) : (float)high);
  each_group(n, 0.7, [&](int64_t group) {
    Words words[kBlocks / kLanes];
    for (int b = 0; b < kBlocks; b += kLanes) words[b / kLanes] = philox(draw, group * kBlocks + b, 0);
    each_vector_of_group(group, n, [&](int64_t element, int w, int b) {
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
    each_vector_of_group(group, n, [&](int64_t element, int w, int b) {
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
