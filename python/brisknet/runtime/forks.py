"""New locks for forked children, where those held by other threads would never be released."""

from __future__ import annotations

import os
import weakref
from typing import Protocol


class Owner(Protocol):
    """An object with locks."""

    def _make_locks(self) -> None:
        """Creates new locks."""


_owners: weakref.WeakSet[Owner] = weakref.WeakSet()


def give_locks(owner: Owner) -> None:
    """Creates an object's locks, now and again in each forked child."""
    owner._make_locks()
    _owners.add(owner)


def _give_locks() -> None:
    for owner in _owners:
        owner._make_locks()


os.register_at_fork(after_in_child=_give_locks)
