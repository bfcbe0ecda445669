"""A thread finds an event loop that is blocked, and no other."""

from __future__ import annotations

import asyncio
import threading
import time

from shared.platform.heartbeat import Heartbeat


def beating(seconds: float, block: float) -> bool:
    """Whether the process would be ended while its loop is blocked for so many seconds."""
    ended = threading.Event()
    heartbeat = Heartbeat(seconds, ended.set)

    async def main() -> None:
        task = asyncio.create_task(heartbeat.run())
        await asyncio.sleep(0.1)
        time.sleep(block)  # noqa: ASYNC251 - what is to be found
        await asyncio.sleep(0)
        task.cancel()

    asyncio.run(main())
    return ended.is_set()


def test_a_loop_that_is_blocked_for_too_long_ends_its_process() -> None:
    assert beating(0.6, block=2.0)


def test_a_loop_that_is_blocked_for_a_moment_goes_on() -> None:
    assert not beating(6.0, block=0.5)


def test_a_loop_that_moves_is_never_blocked() -> None:
    ended = threading.Event()

    async def main() -> None:
        task = asyncio.create_task(Heartbeat(3.0, ended.set).run())
        await asyncio.sleep(1.0)
        task.cancel()

    asyncio.run(main())
    assert not ended.is_set()
