// What the programs of hashes share: fixed inputs, and a hash over bits.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "runtime/dispatch.h"

using Floats = std::vector<float>;

// FNV-1a over the bytes.
class Hash {
 public:
  void add(const void* data, size_t bytes) {
    const auto* p = static_cast<const unsigned char*>(data);
    for (size_t i = 0; i < bytes; ++i) value_ = (value_ ^ p[i]) * 0x100000001b3u;
  }
  void add(Floats floats) {
    for (float& x : floats)
      if (x != x) x = NAN;  // all NaNs are one: their sign and payload are the hardware's
    add(floats.data(), floats.size() * sizeof(float));
  }
  void print(const std::string& name) const {
    std::printf("%-24s %016llx\n", name.c_str(), (unsigned long long)value_);
  }

 private:
  uint64_t value_ = 0xcbf29ce484222325u;
};

inline Floats inputs(size_t n, uint64_t stream, float scale = 1) {
  Floats x(n);
  brisknet::kernels().random_normal({42, stream}, 0, scale, false, x.data(), (int64_t)n);
  return x;
}

inline brisknet::Function activation_named(const std::string& name) {
  const brisknet::ActivationList list = brisknet::kernels().activation_list();
  for (int i = 0; i < list.count; ++i)
    if (name == list.rows[i].name) return (brisknet::Function)i;
  std::printf("no activation is named %s\n", name.c_str());
  std::exit(1);
}
inline std::string name_of(brisknet::Function f) {
  return std::string("activation ") + brisknet::kernels().activation_list().rows[(int)f].name;
}
inline bool reads_input(brisknet::Activation f) {
  return brisknet::kernels().activation_list().rows[(int)f.function].reads_input && !brisknet::is_plain_relu(f);
}

// One step of a variable by the rule of this name; its scalars and slots in the rule's order.
inline void update(const std::string& name, const std::vector<double>& scalars, float* w, const float* g,
                   std::vector<float*> slots, int64_t n) {
  int i = 0;
  while (name != brisknet::kernels().rule(i)->name) ++i;
  brisknet::Updated variable{w, g, {}, n, 0, false};
  std::copy(slots.begin(), slots.end(), variable.slots);
  const int64_t panels = (n + brisknet::kUpdatePanel - 1) / brisknet::kUpdatePanel;
  brisknet::kernels().rule(i)->update({scalars.data(), nullptr, &variable, 1, panels, n});
}

void hash_denormals();
