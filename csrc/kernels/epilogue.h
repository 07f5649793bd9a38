// What follows the sums of a product: c = activation(sum + bias).
#pragma once

#include "flush.h"
#include "isa.h"

namespace brisknet {
namespace BRISKNET_ISA {
namespace {

class Epilogue {
 public:
  template <class Product>
  explicit Epilogue(const Product& p) : bias_(p.bias), activation_(p.activation), relu_(is_plain_relu(p.activation)) {}

  // Of the columns from col on; +0 where there is none.
  __attribute__((always_inline)) vf bias(int64_t col, int64_t count) const {
    return bias_ ? load_upto(bias_ + col, count) : vf{};
  }

  // Adding +0 where there is no bias also turns a sum that underflowed to -0 into +0: a kernel that skips zeros would
  // not add the zeros that do.
  __attribute__((always_inline)) vf finish(vf sum, vf bias) const {
    const vf y = flush(sum + bias, kLeastValue);
    return relu_ ? at_least(y, vf{}) : y;
  }

  // The other activations, when n elements of a row are finished.
  void activate(float* c, int64_t n) const {
    if (!relu_ && activation_.function != Function::linear) BRISKNET_ISA::activate(activation_, c, c, n);
  }

 private:
  const float* bias_;
  Activation activation_;
  bool relu_;
};

}  // namespace
}  // namespace BRISKNET_ISA
}  // namespace brisknet
