"""A server of the local stack as a child process, with a log file, that never outlives us."""

import atexit
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from deploy.local import guard

LOOK_EVERY_SECONDS = 0.05
"""How often a server that is starting is asked whether it is ready."""

START_SECONDS = 300.0
"""How long one may take to be ready. Long, for a machine that does much else at the time: one that
ends while it starts is noticed at once."""


class ServerError(RuntimeError):
    """A server did not start, or is not running; the sentence names it and quotes its log."""


def plain_environment() -> dict[str, str]:
    """The environment of a server that needs nothing of ours: no secret of the caller's leaks in,
    and no `JAVA_TOOL_OPTIONS` or `PGOPTIONS` changes what it does."""
    return {"PATH": os.defpath, "LANG": "C.UTF-8", "TZ": "UTC"}


class ServerProcess:
    """One server: started, asked to end, or killed; its output goes to `log_path`."""

    def __init__(self, name: str, log_path: Path, end_signal: int = signal.SIGTERM) -> None:
        """`end_signal` is the one on which this server ends in good order."""
        self.name = name
        self.log_path = log_path
        self._end_signal = end_signal
        self._child: subprocess.Popen[bytes] | None = None

    @property
    def running(self) -> bool:
        return self._child is not None and self._child.poll() is None

    @property
    def exit_code(self) -> int | None:
        """With what it ended by itself; None while it runs, and once it was stopped or killed."""
        return None if self._child is None else self._child.poll()

    @property
    def pid(self) -> int:
        """The process id. Raises ServerError when the server is not running."""
        if self._child is None or not self.running:
            raise ServerError(f"{self.name} is not running")
        return self._child.pid

    def start(
        self,
        argv: Sequence[str],
        *,
        environment: Mapping[str, str] | None = None,
        directory: Path | None = None,
        user: tuple[int, int] | None = None,
    ) -> None:
        """Start it; `user` is the user and group id to run as when we are root.

        It gets a session of its own, so that Ctrl-C reaches us alone and we end it in order.
        """
        if self.running:
            raise ServerError(f"{self.name} is already running")
        uid, gid = user or (None, None)
        with self.log_path.open("ab") as log:
            self._child = subprocess.Popen(
                argv,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=environment,
                cwd=directory,
                user=uid,
                group=gid,
                extra_groups=None if user is None else [],
                start_new_session=True,
            )
        _watch.add(self, self._child.pid, self._end_signal)

    def wait_until(self, ready: Callable[[], bool], seconds: float) -> None:
        """Return once `ready()`. Raises ServerError, with the end of the log, if the server ends
        first or `seconds` pass; it is not left running then."""
        deadline = time.monotonic() + seconds
        while not ready():
            if not self.running:
                self.kill()
                raise ServerError(f"{self.name} ended while starting:\n{self.last_lines()}")
            if time.monotonic() > deadline:
                self.kill()
                raise ServerError(
                    f"{self.name} did not answer in {seconds:.0f} s:\n{self.last_lines()}"
                )
            time.sleep(LOOK_EVERY_SECONDS)

    def settle(self, seconds: float) -> None:
        """Raises ServerError where it ends by itself within this time."""
        until = time.monotonic() + seconds
        self.wait_until(lambda: time.monotonic() >= until, seconds + 1)
        if not self.running:
            raise ServerError(f"{self.name} ended while starting:\n{self.last_lines()}")

    def stop(self, patience: float = 20.0) -> None:
        """Ask it to end in good order; kill it if that takes longer than `patience` seconds."""
        if self._child is not None and self.running:
            self._child.send_signal(self._end_signal)
            try:
                self._child.wait(patience)
            except subprocess.TimeoutExpired:
                self._child.kill()
        self._forget()

    def kill(self) -> None:
        """SIGKILL, as a machine that lost its power would do it."""
        if self._child is not None and self.running:
            self._child.kill()
        self._forget()

    def last_lines(self, count: int = 20) -> str:
        """The end of the log; empty where it wrote nothing."""
        if not self.log_path.exists():
            return ""
        return "\n".join(self.log_path.read_text(errors="replace").splitlines()[-count:])

    def _forget(self) -> None:
        if self._child is not None:
            self._child.wait()
            _watch.remove(self, self._child.pid)
            self._child = None


class _Watch:
    """What this process has running, for the guard and for the interpreter's own exit."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running: set[ServerProcess] = set()
        self._guard: subprocess.Popen[str] | None = None

    def add(self, server: ServerProcess, pid: int, end_signal: int) -> None:
        with self._lock:
            self._running.add(server)
            if self._guard is None:
                self._guard = subprocess.Popen(
                    [sys.executable, "-I", "-S", guard.__file__],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                    text=True,
                    start_new_session=True,
                )
                atexit.register(self._end_all)
            self._tell(f"+{pid} {int(end_signal)}")

    def remove(self, server: ServerProcess, pid: int) -> None:
        with self._lock:
            self._running.discard(server)
            self._tell(f"-{pid}")

    def _tell(self, line: str) -> None:
        if self._guard is not None and self._guard.stdin is not None and self._guard.poll() is None:
            self._guard.stdin.write(f"{line}\n")
            self._guard.stdin.flush()

    def _end_all(self) -> None:
        for server in tuple(self._running):
            server.stop(patience=5.0)
        if self._guard is not None:
            self._guard.communicate()


_watch = _Watch()
