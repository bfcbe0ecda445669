"""A server is started, watched and ended as a child process, and does not outlive us."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from deploy.local.guard import read_charges
from deploy.local.process import ServerError, ServerProcess

SLEEPER = [sys.executable, "-c", "import time; time.sleep(600)"]
OWNER = """
import signal, sys, time
from pathlib import Path
from deploy.local.process import ServerProcess
server = ServerProcess("sleeper", Path(sys.argv[1]))
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell may have it ignored
server.start([sys.executable, "-c", "import time; time.sleep(600)"])
print(server.pid, flush=True)
time.sleep(600)
"""


@pytest.fixture
def sleeper(tmp_path: Path) -> Iterator[ServerProcess]:
    server = ServerProcess("sleeper", tmp_path / "log")
    yield server
    server.kill()


def is_gone(pid: int, seconds: float = 5.0) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            if psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
                return True
        except psutil.NoSuchProcess:
            return True
        time.sleep(0.02)
    return False


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_a_server_ends_when_its_owner_ends_in_whatever_way(
    end: signal.Signals, tmp_path: Path
) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", OWNER, str(tmp_path / "log")],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as owner:
        assert owner.stdout is not None
        pid = int(owner.stdout.readline())
        assert psutil.pid_exists(pid)
        owner.send_signal(end)
    assert is_gone(pid)


def test_a_server_outlives_the_thread_that_started_it(sleeper: ServerProcess) -> None:
    thread = threading.Thread(target=sleeper.start, args=(SLEEPER,))
    thread.start()
    thread.join()
    time.sleep(0.2)
    assert sleeper.running


def test_a_server_that_ends_while_starting_is_reported_with_the_end_of_its_log(
    sleeper: ServerProcess,
) -> None:
    sleeper.start([sys.executable, "-c", "print('the port is taken')"])
    with pytest.raises(ServerError, match="sleeper ended while starting:\nthe port is taken"):
        sleeper.wait_until(lambda: False, seconds=10)


def test_a_server_that_never_answers_is_ended(sleeper: ServerProcess) -> None:
    sleeper.start(SLEEPER)
    pid = sleeper.pid
    with pytest.raises(ServerError, match="did not answer"):
        sleeper.wait_until(lambda: False, seconds=0.1)
    assert is_gone(pid)


def test_a_server_that_ignores_its_signal_is_killed(sleeper: ServerProcess) -> None:
    deaf = "import signal, time; signal.signal(15, signal.SIG_IGN); print(1, flush=True)"
    sleeper.start([sys.executable, "-c", f"{deaf}; time.sleep(600)"])
    sleeper.wait_until(lambda: sleeper.last_lines() == "1", seconds=10)
    pid = sleeper.pid
    sleeper.stop(patience=0.1)
    assert is_gone(pid)


def test_a_server_is_not_started_twice(sleeper: ServerProcess) -> None:
    sleeper.start(SLEEPER)
    with pytest.raises(ServerError, match="already running"):
        sleeper.start(SLEEPER)


def test_a_stopped_server_has_no_process_id(sleeper: ServerProcess) -> None:
    sleeper.start(SLEEPER)
    sleeper.stop()
    with pytest.raises(ServerError, match="not running"):
        os.kill(sleeper.pid, 0)


def test_the_guard_leaves_alone_who_has_ended_before() -> None:
    assert read_charges(["+11 15\n", "+12 2\n", "-11\n"]) == {12: 2}
