"""Unknown keyword arguments: mistyped ones are guessed, older Keras's are translated."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterable
from typing import Any, ClassVar, ParamSpec, TypeVar

from brisknet.arguments.older import INSTEAD
from brisknet.arguments.signatures import parameters
from brisknet.arguments.types import check_types, typed
from brisknet.names.origin import is_built_in
from brisknet.names.similar import did_you_mean
from brisknet.runtime.warning import warn_user

P = ParamSpec("P")
R = TypeVar("R")
C = TypeVar("C", bound="Checked")


def unknown_arguments(
    op: str, owners: Iterable[str], given: Iterable[str], known: Iterable[str]
) -> str | None:
    """The error for the first unknown keyword argument; None where all are known.

    Args:
        op: the class or function.
        owners: the names under which `INSTEAD` may have it.
        given: the arguments.
        known: the valid ones.
    """
    known = list(known)
    for name in given:
        if name not in known:
            hints = [INSTEAD[owner][name] for owner in owners if name in INSTEAD.get(owner, {})]
            hint = f": {hints[0]}" if hints else did_you_mean(name, known)
            return f"[{op}] unknown argument {name!r:.100}{hint or f': see help({op})'}"
    return None


def explained(function: Callable[P, R]) -> Callable[P, R]:
    """A decorator: a call with an unknown argument says what to write instead, and one with an
    argument of another type than its annotation says names it.

    Costs nothing but the call where all arguments fit: only errors are looked at.
    """
    op = function.__name__

    @functools.wraps(function)
    def called(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return function(*args, **kwargs)
        except Exception as error:
            if str(error).startswith("["):
                raise  # it says what is wrong
            traceback = error.__traceback__
            if isinstance(error, TypeError) and (traceback is None or traceback.tb_next is None):
                text = unknown_arguments(op, (op,), kwargs, inspect.signature(function).parameters)
                if text is not None:
                    raise TypeError(text) from None
            check_types(op, function, args, kwargs)
            raise

    return called


def refuse_rest(function: Callable[..., Any], arguments: Iterable[str]) -> None:
    """Raises for what is in a function's **kwargs, which Keras has and refuses as well."""
    op = function.__name__
    text = unknown_arguments(op, (op,), arguments, inspect.signature(function).parameters)
    if text is not None:
        raise ValueError(text)


def take_deprecated(op: str, arguments: dict[str, Any], name: str, instead: str) -> Any:
    """An argument of older Keras's that Keras 3 still takes, with a warning; None where it is not.

    Args:
        op: the class.
        arguments: those given, of which it is taken away.
        name: of it.
        instead: what to do instead.
    """
    value = arguments.pop(name, None)
    if value is not None:
        warn_user(f"[{op}] {name} is deprecated: {instead}")
    return value


class _ConstructorsSignature:
    """What `inspect.signature` gives of a class: before Python 3.11.3 it looks at an inherited
    `__new__` rather than at an inherited `__init__`."""

    def __get__(self, instance: object, owner: type) -> inspect.Signature:
        init: Any = owner.__init__  # type: ignore[misc]
        new: Any = owner.__new__
        if instance is not None or init is object.__init__ or new is not Checked.__new__:
            raise AttributeError("__signature__")
        signature = inspect.signature(init)
        return signature.replace(parameters=list(signature.parameters.values())[1:])


class Checked:
    """Base of classes that say what is wrong with an unknown argument, before any is looked at,
    and with one of another type than its annotation says.

    Checked is where `__init__` is brisknet's: a user's class may take what it likes.
    """

    _also_taken: ClassVar[frozenset[str]] = frozenset()  # out of **kwargs, for older scripts
    __signature__ = _ConstructorsSignature()

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "__init__" in vars(cls) and is_built_in(cls):
            cls.__init__ = typed(vars(cls)["__init__"])  # type: ignore[method-assign]

    def __new__(cls: type[C], *args: Any, **kwargs: Any) -> C:
        if kwargs:
            _check(cls, kwargs)
        elif args and cls.__init__ is object.__init__:  # which leaves it to the __new__
            raise TypeError(f"[{cls.__name__}] expected no arguments, got {len(args)}")
        return super().__new__(cls)


def _check(cls: type[Checked], given: dict[str, Any]) -> None:
    owner = next(base for base in cls.__mro__ if "__init__" in vars(base))
    if owner is object:
        refuse_unknown(cls, given, TypeError)
    if not is_built_in(owner):
        return
    signature = inspect.signature(vars(owner)["__init__"])
    takes_more = any(p.kind is inspect.Parameter.VAR_KEYWORD for p in signature.parameters.values())
    if takes_more and "_takes_any" in vars(owner):
        return
    refuse_unknown(cls, given, ValueError if takes_more else TypeError)  # as Keras


def refuse_unknown(
    cls: type[Checked], given: Iterable[str], error: type[Exception] = ValueError
) -> None:
    """Raises for the first argument that the class does not take."""
    owners = [base.__name__ for base in cls.__mro__]
    known = [*parameters(cls), *cls._also_taken]  # type: ignore[arg-type]
    text = unknown_arguments(cls.__name__, owners, given, known)
    if text is not None:
        raise error(text)
