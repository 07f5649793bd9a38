"""Powers and cosines in double, independent of the C library: only sums and products."""

from __future__ import annotations

import math

_LN2_HIGH, _LN2_LOW = 0.6931471803691238, 1.9082149292705877e-10  # k * _LN2_HIGH is exact


def _log(x: float) -> float:
    """The logarithm of x > 0, by the series of artanh."""
    mantissa, exponent = math.frexp(x)
    if mantissa < 0.7071067811865476:
        mantissa, exponent = 2 * mantissa, exponent - 1
    s = (mantissa - 1) / (mantissa + 1)
    series = 0.0
    for n in range(23, 0, -2):
        series = series * s * s + 1 / n
    return exponent * _LN2_HIGH + (2 * s * series + exponent * _LN2_LOW)


def _exp(x: float) -> float:
    if x < -746:
        return 0.0
    if x > 710:
        return math.inf
    n = round(x * 1.4426950408889634)
    r = (x - n * _LN2_HIGH) - n * _LN2_LOW
    series = 1.0
    for k in range(16, 0, -1):
        series = 1 + series * r / k
    return math.ldexp(series, n)


def whole_power(base: float, exponent: int) -> float:
    """base**exponent by squaring, exponent >= 0."""
    result = 1.0
    for bit in reversed(f"{exponent:b}"):
        if bit == "1":
            result *= base
        base = base * base
    return result


def power(base: float, exponent: float) -> float:
    """base**exponent, base >= 0."""
    if exponent < 0:
        inverse = power(base, -exponent)
        return 1 / inverse if inverse else math.inf
    if exponent == math.inf:
        return 0.0 if base < 1 else base if base == 1 else math.inf
    if exponent == int(exponent):
        return whole_power(base, int(exponent))
    return _exp(exponent * _log(base)) if base else 0.0


def cosine_of_half_turns(x: float) -> float:
    """cos(pi x), 0 <= x <= 1, as the sine of pi (1/2 - x)."""
    angle = math.pi * (0.5 - x)
    series = 1.0
    for k in range(24, 0, -2):
        series = 1 - series * angle * angle / (k * (k + 1))
    return angle * series
