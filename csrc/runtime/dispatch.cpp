// Compiled for the baseline, so that it runs on any CPU of its architecture.
#include "dispatch.h"

#include <atomic>

namespace brisknet {

namespace portable {
extern const Kernels table;
}
namespace avx2 {
extern const Kernels table;
}
namespace avx512 {
extern const Kernels table;
}
namespace neon {
extern const Kernels table;
}

namespace {

struct Isa {
  const char* name;
  const Kernels* table;
  bool (*runs_here)();
};

// __builtin_cpu_supports asks CPUID, and XGETBV for what the operating system saves.
const Isa kBuilt[] = {
#ifdef BRISKNET_HAS_PORTABLE
    {"portable", &portable::table, [] { return true; }},
#endif
#ifdef BRISKNET_HAS_NEON
    {"neon", &neon::table, [] { return true; }},  // part of every aarch64
#endif
#ifdef BRISKNET_HAS_AVX2
    {"avx2", &avx2::table, [] { return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"); }},
#endif
#ifdef BRISKNET_HAS_AVX512
    {"avx512", &avx512::table,
     [] {
       return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("avx512f") &&
              __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
              __builtin_cpu_supports("avx512vl");
     }},
#endif
};

const Isa* widest() {
  const Isa* best = kBuilt;
  for (const Isa& isa : kBuilt)
    if (isa.runs_here()) best = &isa;
  return best;
}

std::atomic<const Isa*> active{widest()};

}  // namespace

std::vector<std::string> built_isas() {
  std::vector<std::string> names;
  for (const Isa& isa : kBuilt) names.push_back(isa.name);
  return names;
}

std::vector<std::string> usable_isas() {
  std::vector<std::string> names;
  for (const Isa& isa : kBuilt)
    if (isa.runs_here()) names.push_back(isa.name);
  return names;
}

std::string active_isa() { return active.load()->name; }

bool use_isa(const std::string& name) {
  for (const Isa& isa : kBuilt)
    if (name == isa.name && isa.runs_here()) {
      active = &isa;
      return true;
    }
  return false;
}

const Kernels& kernels() { return *active.load(std::memory_order_relaxed)->table; }

}  // namespace brisknet
