"""Names and signatures of all that is public, beside real Keras.

`keras_differences.txt` lists what differs on purpose, with its reason; a line there that is no
longer needed fails.
"""

import contextlib
import fnmatch
import importlib
import inspect
import pathlib
import types
import warnings

import pytest

from brisknet.names.refused_attributes import Refused
from oracle import keras

if keras.__version__.rpartition(".")[0] != "3.15":
    pytest.skip("the list is that of Keras 3.15", allow_module_level=True)

MODULES = """
activations backend callbacks config constraints datasets.mnist export initializers layers losses
metrics models optimizers optimizers.schedules preprocessing preprocessing.sequence random
regularizers saving utils
""".split()

# What classes need to be made; for others nothing or 0.5 will do.
ARGUMENTS = {
    "Activation": ("relu",),
    "BackupAndRestore": ("folder",),
    "CSVLogger": ("log.csv",),
    "CosineDecay": (0.1, 10),
    "CosineDecayRestarts": (0.1, 10),
    "CustomObjectScope": ({},),
    "Dense": (3,),
    "Embedding": (5, 2),
    "ExponentialDecay": (0.1, 10, 0.5),
    "Input": ((4,),),
    "InputLayer": ((4,),),
    "InverseTimeDecay": (0.1, 10, 0.5),
    "IoU": (2, [0]),
    "LearningRateScheduler": (lambda epoch: 0.1,),
    "MeanIoU": (2,),
    "MeanMetricWrapper": (lambda y_true, y_pred: y_pred,),
    "ModelCheckpoint": ("m.keras",),
    "OneHotIoU": (2, [0]),
    "OneHotMeanIoU": (2,),
    "Permute": ((1,),),
    "PiecewiseConstantDecay": ([1], [0.1, 0.2]),
    "PolynomialDecay": (0.1, 10),
    "RepeatVector": (2,),
    "Reshape": ((2, 2),),
    "Variable": ([1.0],),
    "custom_object_scope": ({},),
}


def kind(thing):
    if isinstance(thing, types.ModuleType):
        return "module"
    return "class" if isinstance(thing, type) else "function" if callable(thing) else "value"


def parameters(function):
    """The parameters by name: kind and default; of a class, those of its `__init__`.

    **kwargs stands for what the class above takes, by keyword.
    """
    if not isinstance(function, type):
        return {
            p.name: (p.kind.name.lower(), "" if p.default is p.empty else repr(p.default))
            for p in inspect.signature(function).parameters.values()
        }
    found, passed_on = {}, False
    for cls in function.__mro__:
        if "__init__" not in vars(cls) or cls is object:
            continue
        new = parameters(vars(cls)["__init__"])
        for name, (kind, default) in list(new.items())[1:]:
            if name not in found and not kind.startswith("var_"):
                found[name] = ("keyword_only" if passed_on else kind, default)
        passed_on = any(kind == "var_keyword" for kind, _ in new.values())
        if not passed_on:
            break
    return found


def signature_differences(where, theirs, ours):
    try:
        theirs, ours = parameters(theirs), parameters(ours)
    except (TypeError, ValueError):  # a function of C, or of NumPy
        return
    yield from (f"{where}({name}) is missing" for name in theirs if name not in ours)
    yield from (f"{where}({name}) is brisknet's own" for name in ours if name not in theirs)
    both = [name for name in theirs if name in ours]
    ordered = [
        [name for name in names if name in both and "positional" in names[name][0]]
        for names in (theirs, ours)
    ]
    yield from (
        f"{where}({name}) is {ours[name]}, Keras's {theirs[name]}"
        for name in both
        if ours[name] != theirs[name]
    )
    if ordered[1] != ordered[0][: len(ordered[1])]:
        yield f"{where} has another order of parameters"


def instance(cls):
    name = cls.__name__
    for arguments in (ARGUMENTS.get(name, ()), (0.5,)):
        try:
            made = cls(*arguments)
        except Exception:
            continue
        if ".layers" in cls.__module__ and hasattr(made, "build"):
            with contextlib.suppress(Exception):  # Keras's base class refuses
                made.build((None, 4))
        return made
    return None


def class_differences(where, theirs, ours, compared):
    made = instance(theirs), instance(ours)
    if (made[0] is None) != (made[1] is None):
        yield f"{where} can be made in one of them alone"
    if any(one is None for one in made):
        made = theirs, ours
    for name in dir(made[0]):
        if name.startswith("_") or isinstance(inspect.getattr_static(ours, name, None), Refused):
            continue
        here = f"{where}.{name}"
        try:
            theirs_of_it = getattr(made[0], name)
        except Exception:  # an attribute that is there after a fit, say
            continue
        if not hasattr(made[1], name):
            yield f"{here} is missing"
            continue
        of_ours = getattr(made[1], name)
        if callable(theirs_of_it) != callable(of_ours):
            yield f"{here} is callable in one of them alone"
        elif callable(of_ours) and name in dir(ours) and inspect.isroutine(of_ours):
            pair = getattr(theirs_of_it, "__qualname__", here), of_ours.__qualname__
            if pair not in compared:  # by a class that both inherit it from
                compared.add(pair)
                yield from signature_differences(here, theirs_of_it, of_ours)


def differences():
    compared = set()
    for area in ["", *MODULES]:
        theirs = importlib.import_module(f"keras.{area}".rstrip("."))
        ours = importlib.import_module(f"brisknet.{area}".rstrip("."))
        for name in dir(theirs):
            if name.startswith("_"):
                continue
            where = f"{area}.{name}".lstrip(".")
            a = getattr(theirs, name)
            try:
                b = getattr(ours, name)
            except AttributeError as error:
                if "not supported by this version" not in str(error):
                    yield f"{where} is missing"
                continue
            if kind(a) != kind(b):
                yield f"{where} is a {kind(b)}, Keras's a {kind(a)}"
            elif (id(a), id(b)) not in compared and kind(a) != "module":
                compared.add((id(a), id(b)))
                yield from signature_differences(where, a, b)
                if isinstance(a, type):
                    yield from class_differences(where, a, b, compared)


def test_differences_are_those_of_the_list(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)  # some callbacks make folders
    text = pathlib.Path(__file__).with_name("keras_differences.txt").read_text()
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    patterns = [line.partition("  ")[0] for line in lines]
    assert all(line.partition("  ")[2].strip() for line in lines), "each line has a reason"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = list(dict.fromkeys(differences()))
    used = {
        pattern: [d for d in found if fnmatch.fnmatchcase(d.partition(" ")[0], pattern)]
        for pattern in patterns
    }
    unlisted = sorted(set(found) - {d for listed in used.values() for d in listed})
    assert not unlisted, "not in keras_differences.txt:\n" + "\n".join(unlisted)
    stale = [pattern for pattern, listed in used.items() if not listed]
    assert not stale, f"no longer needed in keras_differences.txt: {stale}"
