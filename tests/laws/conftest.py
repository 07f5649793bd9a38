import signal

import pytest


@pytest.fixture
def handler():
    """Puts the handler of SIGINT back."""
    before = signal.getsignal(signal.SIGINT)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    yield signal.default_int_handler
    signal.signal(signal.SIGINT, before)
