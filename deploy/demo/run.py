"""Runs the story on a stack of its own, and judges it; the demo and the journey tests share it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from deploy.demo import story
from deploy.demo.checks import Expectation, judge
from deploy.demo.evidence import ACTORS, Evidence, Places
from deploy.demo.followed import Followed, follow
from deploy.local.sign_in import write_tokens
from deploy.local.stack import Stack


@dataclass(frozen=True)
class Told:
    """The story as it was told, on a stack that still runs."""

    stack: Stack
    evidence: Evidence
    followed: Followed
    expectations: list[Expectation]

    @property
    def missing(self) -> list[Expectation]:
        """What should have happened and has not."""
        return [expectation for expectation in self.expectations if not expectation.met]


@contextmanager
def told_story(directory: Path, said: Callable[[str], None] = lambda _: None) -> Iterator[Told]:
    """Start a stack in the directory and tell the story; the stack stops on leaving."""
    stack = Stack(directory)
    stack.start(said)
    try:
        tokens = directory / "tokens"
        write_tokens(stack.issuer, tokens, ACTORS)
        places = Places(
            services={name: service.url for name, service in stack.services.items()},
            mail_page=stack.mail_page,
            mail_directory=stack.mail_directory,
            logins={agency.id: stack.partner(agency.id) for agency in stack.agencies},
            tokens=tokens,
            spans=stack.spans,
            logs=directory / "logs",
        )
        with Evidence(places) as evidence:
            story.tell(evidence, said)
        followed = follow(stack.spans)
        yield Told(stack, evidence, followed, judge(evidence, followed))
    finally:
        stack.stop()
