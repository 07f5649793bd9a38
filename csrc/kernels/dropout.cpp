// Dropout; backward reads the mask that forward writes.
#include "isa.h"
#include "philox.h"

namespace brisknet {
namespace BRISKNET_ISA {
namespace {

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
    each_vector_of_group(group, n, [&](int64_t element, int, int) { masked(scale, bits, x, y, element, n); });
  });
}

void dropout_backward(double rate, const uint64_t* mask, const float* dy, float* dx, int64_t n) {
  const vf scale = set1((float)(1.0 / (1.0 - rate)));
  each_group(n, 0.15, [&](int64_t group) {
    each_vector_of_group(group, n, [&](int64_t element, int, int) { masked(scale, mask[group], dy, dx, element, n); });
  });
}

}  // namespace BRISKNET_ISA
}  // namespace brisknet
