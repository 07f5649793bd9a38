"""Process-wide state: forks, interrupts, warnings and floating-point errors."""
