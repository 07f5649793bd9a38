// What the update rules share: the averages of a gradient and of its square.
#pragma once

#include "flush.h"
#include "loops.h"

namespace brisknet {
namespace BRISKNET_ISA {
namespace {

// The averages of a gradient and of its square, which take in so much of a new one. A square that decays stays, at
// 2^-111 or less, when the steps would get denormal; its gradient's average is long zero then.
INLINE vf follow(vf average, vf gradient, vf taken) {
  return flush(average + (gradient - average) * taken, kLeastState);
}
INLINE vf follow_square(vf average, vf gradient, vf taken) {
  return flush(average + flush(gradient * gradient - average, kLeastSquare) * taken, kLeastValue);
}

}  // namespace
}  // namespace BRISKNET_ISA
}  // namespace brisknet
