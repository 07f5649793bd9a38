// The number of CPUs that this process may use.
#pragma once

namespace brisknet {

// The environment's BRISKNET_NUM_THREADS, or else OMP_NUM_THREADS; or else the number of CPUs in the affinity mask,
// limited by the cgroup's quota. At least 1.
int available_cpus();

}  // namespace brisknet
