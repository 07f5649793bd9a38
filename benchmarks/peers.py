"""What the benchmarks share: frameworks in separate processes, and the timing of calls there.

A script starts itself again as a child for each framework, under the Python that has it. Child and
parent exchange lines of JSON; what a request asks for is the script's own matter. A child answers
only once its threads sleep: idle threads of BLAS and OpenMP go on spinning for up to 0.1 s, which
would slow down whoever is measured next.
"""

import argparse
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
import timeit
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import datetime
from importlib import import_module
from pathlib import Path
from typing import Any

LIBRARIES = ("BRISKNET", "OMP", "OPENBLAS", "MKL")


class PeerError(Exception):
    """A framework cannot run: it is not installed, or has failed."""


class Peer:
    """A framework in a separate process, which answers requests until it is closed.

    Args:
        name: of the framework.
        args: what `parse` gave.
        threads: of this process; by default those of `args`.

    Raises:
        PeerError: if it cannot run.
    """

    def __init__(self, name: str, args: argparse.Namespace, threads: int | None = None) -> None:
        python = dict(args.python).get(name, sys.executable)
        env = {f"{library}_NUM_THREADS": str(threads or args.threads) for library in LIBRARIES}
        env["KERAS_BACKEND"] = name.removeprefix("keras-")  # means nothing to the others
        self._errors = tempfile.TemporaryFile("w+")  # noqa: SIM115, as close() closes it
        self._process = subprocess.Popen(
            [python, sys.argv[0], "--child", name],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            text=True,
            env=os.environ | env,
        )
        try:
            self.versions: dict[str, str] = self._answer()
        except PeerError:
            self.close()
            raise

    def ask(self, **request: Any) -> Any:
        """What the child's function says to these arguments. Raises PeerError if it fails."""
        assert self._process.stdin is not None
        print(json.dumps(request), file=self._process.stdin, flush=True)
        return self._answer()

    def _answer(self) -> Any:
        assert self._process.stdout is not None
        if line := self._process.stdout.readline():
            return json.loads(line)
        self._process.wait()
        self._errors.seek(0)
        raise PeerError(self._errors.read().strip().rpartition("\n")[2] or "died without a word")

    def close(self) -> None:
        self._process.communicate()  # the end of its input ends the child
        self._errors.close()

    def __enter__(self) -> "Peer":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


@contextmanager
def start(args: argparse.Namespace) -> Iterator[dict[str, Peer]]:
    """All requested frameworks that can run, side by side, until the end of the block."""
    with ExitStack() as stack:
        running = {}
        for name in args.only:
            try:
                running[name] = stack.enter_context(Peer(name, args))
            except PeerError as error:
                print(f"{name}: {error}", file=sys.stderr)
        yield running


def serve(answer: Callable[..., Any], modules: Iterable[str]) -> None:
    """Be the child: state the modules' versions, then answer each request by its arguments."""
    channel = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # whatever a library prints must not pass for an answer
    try:
        found = {module: getattr(import_module(module), "__version__", "?") for module in modules}
    except ImportError as error:
        sys.exit(f"not installed ({error})")
    print(json.dumps({"Python": platform.python_version(), **found}), file=channel, flush=True)
    for line in sys.stdin:
        result = answer(**json.loads(line))
        settle()
        print(json.dumps(result), file=channel, flush=True)


def settle(limit: float = 1.0) -> None:
    """Wait until this process's threads sleep, but not for ever."""
    until = time.perf_counter() + limit
    busy = True
    while busy and time.perf_counter() < until:
        before = time.process_time()
        time.sleep(0.01)
        busy = time.process_time() - before > 0.001


def time_calls(call: Callable[[], Any], samples: int, least: float = 200e-6) -> list[float]:
    """Seconds a call takes, so many times over, each the mean of calls for `least` seconds."""
    timer, calls = timeit.Timer(call), 1
    warm = time.perf_counter() + 0.02
    while (seconds := timer.timeit(calls)) < least or time.perf_counter() < warm:
        calls *= 1 + (seconds < least)
    return [timer.timeit(calls) / calls for _ in range(samples)]


def time_epochs(epochs: int, train: Callable[[], object]) -> list[float]:
    """Time `train`, one epoch; returning its loss as a float means it has finished."""
    seconds = []
    for _ in range(epochs):
        start = time.perf_counter()
        train()
        seconds.append(time.perf_counter() - start)
    return seconds


def time_fit(keras: Any, model: Any, x: Any, y: Any, **options: Any) -> list[float]:
    """Seconds of each epoch of a model's `fit`, brisknet's or Keras's."""
    marks: list[float] = []

    class Clock(keras.callbacks.Callback):  # type: ignore[misc]
        def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
            marks.append(-time.perf_counter())

        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            marks[-1] += time.perf_counter()

    model.fit(x, y, verbose=0, callbacks=[Clock()], **options)
    return marks


def parse(parser: argparse.ArgumentParser, frameworks: Iterable[str]) -> argparse.Namespace:
    """Parse the command line, with the options that all benchmarks have; confine it to its CPUs."""
    names = list(frameworks)

    def interpreter(text: str) -> tuple[str, str]:
        name, _, path = text.partition("=")
        if name not in names or shutil.which(path) is None:
            raise argparse.ArgumentTypeError(f"{text!r} is not NAME=PATH of a peer and a Python")
        return name, path

    def some(text: str) -> list[str]:
        if unknown := set(text.split(",")) - set(names):
            raise argparse.ArgumentTypeError(f"unknown: {unknown}; known: {', '.join(names)}")
        return [name for name in names if name in text.split(",")]  # brisknet comes first

    cpus = available_cpus()
    add = parser.add_argument
    add("--threads", type=int, default=len(cpus), help="of each framework (%(default)s)")
    add("--only", type=some, default=names, metavar="A,B", help="run only these")
    add("--python", type=interpreter, action="append", default=[], metavar="NAME=PATH",
        help="the interpreter that has this peer (repeatable)")  # fmt: skip
    add("--child", choices=names, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.threads < 1:
        parser.error("at least 1 thread")
    if not args.child and args.threads < len(cpus) and hasattr(os, "sched_setaffinity"):
        # JAX and TensorFlow heed none of the variables, but count the CPUs they may run on.
        os.sched_setaffinity(0, cpus[: args.threads])
    return args


def available_cpus() -> list[int]:
    if hasattr(os, "sched_getaffinity"):
        return sorted(os.sched_getaffinity(0))
    return list(range(os.cpu_count() or 1))


def cpu_model() -> str:
    """Name the CPU; platform.processor() seldom does so on Linux."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor()


def print_header(
    title: str, args: argparse.Namespace, versions: Mapping[str, Mapping[str, str]]
) -> None:
    """Print what was measured when, where, and of which versions."""
    print(f"{title}\n")
    print(f"- {datetime.now():%Y-%m-%d %H:%M}, {platform.system()} {platform.machine()}")
    print(f"- {cpu_model()}, {os.cpu_count()} cores, {args.threads} threads")
    for name, found in versions.items():
        listed = ", ".join(f"{module} {version}" for module, version in found.items())
        print(f"- {name}: {listed or 'did not run'}")
