"""Break an installation on purpose, and see that nothing is lost, doubled or out of order.

python -m tests.chaos --seconds 900 --seed 7 --faults 30
"""

from __future__ import annotations

import argparse
import json
import secrets
import sys
import time
from pathlib import Path
from random import Random

from tests.chaos.campaign import schedule
from tests.chaos.report import document_of, machine, text_of
from tests.chaos.run import run
from tests.servers import room


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=900.0, help="bounds the faults")
    parser.add_argument("--seed", type=int, default=secrets.randbelow(10_000))
    parser.add_argument("--faults", type=int, default=30)
    parser.add_argument("--only", default="", help="faults whose name holds this")
    parser.add_argument("--report", type=Path, help="a JSON file for the figures")
    options = parser.parse_args()
    started = time.monotonic()

    def say(sentence: str) -> None:
        sys.stdout.write(f"{time.monotonic() - started:7.1f}  {sentence}\n")
        sys.stdout.flush()

    say(f"seed {options.seed}; {machine()}")
    with room() as directory:
        outcome = run(
            directory,
            Random(options.seed),  # noqa: S311 - a schedule that can be had again, no secret
            lambda random: schedule(random, options.faults, options.only),
            seconds=options.seconds,
            rest_seconds=300.0,
            say=say,
        )
    sys.stdout.write(
        text_of(outcome.happened, outcome.verdict, outcome.problems, outcome.restarts) + "\n"
    )
    if options.report is not None:
        found = document_of(options.seed, outcome.happened, outcome.verdict, outcome.problems)
        options.report.write_text(json.dumps(found, indent=2) + "\n")
    return 1 if outcome.verdict.sentences or outcome.problems else 0


if __name__ == "__main__":
    sys.exit(main())
