import sys
import warnings

import numpy as np
import pytest


@pytest.fixture(autouse=True)
def _same_numbers():
    """Each test draws the same numbers, whichever tests ran before it."""
    if "oracle" in sys.modules:
        state = np.random.default_rng(3).bit_generator.state
        sys.modules["oracle"].RNG.bit_generator.state = state


@pytest.fixture(autouse=True)
def _no_warnings_of_keras():
    warnings.filterwarnings("ignore", "__array__ implementation", DeprecationWarning)
    warnings.filterwarnings("ignore", "In loss categorical", SyntaxWarning)
    warnings.filterwarnings("ignore", ".*with a column for each class", SyntaxWarning)
