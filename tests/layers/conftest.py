import pytest

import brisknet as bn


@pytest.fixture(autouse=True)
def _same_initial_weights():
    bn.random.set_global_seed(0)
