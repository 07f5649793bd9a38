"""Lists and dicts that tell their layer what is put into them and taken out of them.

They pass each value that is added to the layer's `_note`, and keep what it returns: lists and dicts
in the value become watched too. What is removed goes to `_forget`.
"""

from __future__ import annotations

import collections
import operator
from collections.abc import Callable, Iterable, Iterator
from typing import Any


class _Nobody:
    """The owner of a container that no layer made."""

    def _note(self, value: Any) -> Any:
        return value

    def _forget(self, value: Any) -> None:
        pass


class _Watched:
    """What the three have in common: an owner, which copies keep."""

    owner: Any = _Nobody()

    def __reduce__(self) -> tuple[Any, ...]:
        return _restored, (type(self), type(self).plain(self)), vars(self)  # type: ignore[attr-defined]


class WatchedList(_Watched, list[Any]):
    """A list that a layer holds."""

    plain = list

    def append(self, value: Any) -> None:
        super().append(self.owner._note(value))

    def insert(self, index: Any, value: Any) -> None:
        super().insert(index, self.owner._note(value))

    def extend(self, values: Iterable[Any]) -> None:
        super().extend([self.owner._note(value) for value in values])

    def __iadd__(self, values: Iterable[Any]) -> WatchedList:  # type: ignore[misc]
        self.extend(values)
        return self

    def __setitem__(self, index: Any, value: Any) -> None:
        old = self[index]
        if isinstance(index, slice):
            value = [self.owner._note(v) for v in value]
        else:
            value = self.owner._note(value)
        super().__setitem__(index, value)
        self.owner._forget(old)

    def __delitem__(self, index: Any) -> None:
        old = self[index]
        super().__delitem__(index)
        self.owner._forget(old)

    def pop(self, index: Any = -1) -> Any:
        value = super().pop(index)
        self.owner._forget(value)
        return value

    def remove(self, value: Any) -> None:
        for index, own in enumerate(self):  # by identity first: a variable's == is elementwise
            if own is value:
                del self[index]
                return
        super().remove(value)

    def clear(self) -> None:
        del self[:]


class WatchedDict(_Watched, dict[Any, Any]):
    """A dict that a layer holds."""

    plain: Callable[..., Any] = dict

    def __setitem__(self, key: Any, value: Any) -> None:
        old = self.get(key)
        super().__setitem__(key, self.owner._note(value))
        self.owner._forget(old)

    def setdefault(self, key: Any, default: Any = None) -> Any:
        if key not in self:
            self[key] = default
        return self[key]

    def update(self, *others: Any, **more: Any) -> None:
        for key, value in dict(*others, **more).items():
            self[key] = value

    def __ior__(self, other: Any) -> WatchedDict:  # type: ignore[misc]
        self.update(other)
        return self

    def __delitem__(self, key: Any) -> None:
        old = self[key]
        super().__delitem__(key)
        self.owner._forget(old)

    def pop(self, key: Any, *default: Any) -> Any:
        value = super().pop(key, *default)
        self.owner._forget(value)
        return value

    def popitem(self) -> tuple[Any, Any]:
        item = super().popitem()
        self.owner._forget(item[1])
        return item

    def clear(self) -> None:
        old = list(self.values())
        super().clear()
        self.owner._forget(old)


class WatchedOrderedDict(WatchedDict, collections.OrderedDict[Any, Any]):
    """An OrderedDict that a layer holds."""

    plain = collections.OrderedDict

    def popitem(self, last: bool = True) -> tuple[Any, Any]:
        key = next(reversed(self) if last else iter(self))
        return key, self.pop(key)


def _restored(cls: Any, values: Any) -> Any:
    """A copy, without its owner."""
    watched = cls.__new__(cls)
    cls.plain.__init__(watched)
    plain: Any = cls.plain
    if issubclass(cls, list):
        plain.extend(watched, values)
    else:
        for key, value in values.items():
            plain.__setitem__(watched, key, value)
    return watched


def watched(value: Any, owner: Any) -> Any:
    """The value, its lists and dicts watched, also those in tuples; its owner notes what they hold.

    Lists and dicts of other classes stay as they are.
    """
    kind = type(value)
    if isinstance(value, _Watched):
        if value.owner is owner:
            return value
        kind = value.plain  # type: ignore[attr-defined]
    if kind is list:
        new = _restored(WatchedList, [owner._note(v) for v in value])
    elif kind in (dict, collections.OrderedDict):
        cls = WatchedDict if kind is dict else WatchedOrderedDict
        new = _restored(cls, {key: owner._note(v) for key, v in value.items()})
    elif isinstance(value, tuple):
        notes = [owner._note(v) for v in value]
        if all(map(operator.is_, notes, value)):
            return value
        return kind._make(notes) if hasattr(kind, "_make") else kind(notes)
    else:
        for inner in items(value):
            owner._note(inner)
        return value
    new.owner = owner
    return new


def items(value: Any) -> Iterable[Any]:
    """What a list, a tuple, a set or a dict holds; nothing for other values."""
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list | tuple | set | frozenset) else ()


def contents(value: Any, kinds: Any) -> Iterator[Any]:
    """The objects of these kinds that a value is or holds, at any depth."""
    if isinstance(value, kinds):
        yield value
    else:
        for inner in items(value):
            yield from contents(inner, kinds)
