"""Locks in a forked child: free, though a thread held them that is not in the child."""

from __future__ import annotations

import os
import weakref
from typing import Protocol


class Owner(Protocol):
    """What has locks."""

    def _make_locks(self) -> None:
        """Gives it new ones."""


_owners: weakref.WeakSet[Owner] = weakref.WeakSet()


def give_locks(owner: Owner) -> None:
    """Gives an object its locks, now and anew in each forked child."""
    owner._make_locks()
    _owners.add(owner)


def _give_locks() -> None:
    for owner in _owners:
        owner._make_locks()


os.register_at_fork(after_in_child=_give_locks)
