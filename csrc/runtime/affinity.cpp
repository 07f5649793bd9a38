#include "affinity.h"

#include <omp.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

namespace brisknet {
namespace {

int positive_number(const char* text) {
  if (!text) return 0;
  char* end;
  const long value = std::strtol(text, &end, 10);  // OMP_NUM_THREADS may be a list: its first level counts
  return end != text && value > 0 && (*end == '\0' || *end == ',') ? (int)std::min(value, 4096L) : 0;
}

double first_number(const std::string& path, double* second = nullptr) {
  double value = 0;
  if (FILE* file = std::fopen(path.c_str(), "r")) {
    if (std::fscanf(file, "%lf", &value) != 1) value = 0;  // "max": no quota
    if (second && std::fscanf(file, "%lf", second) != 1) *second = 0;
    std::fclose(file);
  }
  return value;
}

// The cgroup's CPU quota, in CPUs, rounded up; 0 if it sets none.
int cgroup_quota() {
  double least = 0;
  const auto limit = [&](double quota, double period) {
    if (quota > 0 && period > 0) least = least > 0 ? std::min(least, quota / period) : quota / period;
  };

  std::string group;  // cgroup v2: a quota holds for all groups below it
  if (FILE* file = std::fopen("/proc/self/cgroup", "r")) {
    char line[4096];
    while (std::fgets(line, sizeof line, file))
      if (!std::strncmp(line, "0::", 3)) group.assign(line + 3, std::strcspn(line + 3, "\n"));
    std::fclose(file);
  }
  for (;; group.resize(group.rfind('/'))) {
    double period = 0;
    const double quota = first_number("/sys/fs/cgroup" + group + "/cpu.max", &period);
    limit(quota, period);
    if (group.rfind('/') == std::string::npos) break;
  }

  const std::string v1 = "/sys/fs/cgroup/cpu/cpu.cfs_";
  limit(first_number(v1 + "quota_us"), first_number(v1 + "period_us"));
  return (int)std::ceil(least);
}

}  // namespace

int available_cpus() {
  for (const char* name : {"BRISKNET_NUM_THREADS", "OMP_NUM_THREADS"})
    if (const int n = positive_number(std::getenv(name))) return n;
  // Not sched_getaffinity, which reports a single CPU if OMP_PROC_BIND has bound the calling thread to it.
  const int cpus = std::min(omp_get_num_procs(), omp_get_thread_limit());
  const int quota = cgroup_quota();
  return quota ? std::min(cpus, quota) : cpus;
}

}  // namespace brisknet
