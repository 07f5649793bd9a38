"""The process around the computation: forks, interrupts, warnings, floating-point errors."""
