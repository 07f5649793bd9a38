// The floating-point environment that the kernels rely on.
#pragma once

#include <cstdint>

#if defined(__x86_64__)
#include <xmmintrin.h>
#endif

namespace brisknet {

// Rounds to nearest and keeps denormals during its lifetime. The host may have other settings for the calling thread
// (for example, by PyTorch's set_flush_denormal), which are restored. flush.h says why denormals are not left to the
// CPU.
class DefaultFloats {
 public:
#if defined(__x86_64__)
  DefaultFloats() : saved_(_mm_getcsr()) {
    if (saved_ != kDefault) _mm_setcsr(kDefault);
  }
  ~DefaultFloats() {
    if (saved_ != kDefault) _mm_setcsr(saved_);
  }

 private:
  static constexpr unsigned kDefault = 0x1f80;
  unsigned saved_;
#elif defined(__aarch64__)
  DefaultFloats() {
    __asm__ volatile("mrs %0, fpcr" : "=r"(saved_));
    if (saved_) __asm__ volatile("msr fpcr, xzr");
  }
  ~DefaultFloats() {
    if (saved_) __asm__ volatile("msr fpcr, %0" ::"r"(saved_));
  }

 private:
  uint64_t saved_;
#endif

 public:
  DefaultFloats(const DefaultFloats&) = delete;
  DefaultFloats& operator=(const DefaultFloats&) = delete;
};

}  // namespace brisknet
