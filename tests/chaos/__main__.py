"""Break an installation on purpose, and see that nothing is lost, doubled or out of order.

python -m tests.chaos --seed 7 --faults 100
"""

from __future__ import annotations

import argparse
import json
import secrets
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random

from tests.chaos.campaign import KINDS, schedule
from tests.chaos.report import document_of, machine, text_of
from tests.chaos.run import run
from tests.servers import room

_SECONDS_EACH = 120.0
"""More than a fault takes on a machine that is busy with other things; a fifth of it is usual."""


def main() -> int:
    options = _options()
    started = time.monotonic()

    def say(sentence: str) -> None:
        sys.stdout.write(f"{time.monotonic() - started:7.1f}  {sentence}\n")
        sys.stdout.flush()

    say(f"seed {options.seed}; {machine()}")
    with _place(options.directory) as directory:
        outcome = run(
            directory,
            Random(options.seed),  # noqa: S311 - a schedule that can be had again, no secret
            lambda random: schedule(random, options.faults, options.only),
            seconds=options.seconds or _SECONDS_EACH * options.faults,
            rest_seconds=300.0,
            say=say,
        )
    sys.stdout.write(text_of(outcome) + "\n")
    if options.report is not None:
        found = document_of(options.seed, outcome)
        options.report.write_text(json.dumps(found, indent=2) + "\n")
    return 0 if outcome.sound else 1


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=secrets.randbelow(10_000))
    parser.add_argument("--faults", type=int, default=len(KINDS), help="how many have to run")
    parser.add_argument(
        "--seconds", type=float, help="fail when they take longer; else two minutes for each"
    )
    parser.add_argument("--only", default="", help="faults whose name holds this")
    parser.add_argument("--report", type=Path, help="a JSON file for the figures")
    parser.add_argument("--directory", type=Path, help="where to leave logs and data (else gone)")
    return parser.parse_args()


@contextmanager
def _place(directory: Path | None) -> Iterator[Path]:
    if directory is None:
        with room() as made:
            yield made
    else:
        directory.mkdir(mode=0o711, parents=True)
        yield directory


if __name__ == "__main__":
    sys.exit(main())
