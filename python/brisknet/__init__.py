"""Neural networks on ordinary CPUs."""
