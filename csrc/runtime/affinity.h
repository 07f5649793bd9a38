// How many CPUs this process may use.
#pragma once

namespace brisknet {

// By the environment's BRISKNET_NUM_THREADS, else OMP_NUM_THREADS; else the CPUs of the affinity mask, or fewer where
// the cgroup's quota grants less time than that. At least 1.
int available_cpus();

}  // namespace brisknet
