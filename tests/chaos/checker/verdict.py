"""What a check has found."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field


@dataclass
class Verdict:
    """What was found wrong. Each entry names the promise and how often it was broken."""

    published: int = 0
    sound: int = 0
    receipts: int = 0
    answered_again: int = 0
    """Of these, answers to records that are gone, which intake has forgotten and given again."""
    repeated: int = 0
    """Records that came again under the same `ce_id`, as the guide says they may."""
    states: Counter[str] = field(default_factory=Counter)
    """Messages by the final state that each has."""
    acts: int = 0
    """What people did over HTTP, each once."""
    requests: int = 0
    """How often they had to ask for it, or asked again."""
    clocks: int = 0
    """Escalations whose time had come."""
    mails: int = 0
    mails_withheld: int = 0
    mails_twice: int = 0
    """Mails that came twice, are marked as perhaps sent, and had a fault between them."""
    lost: Counter[str] = field(default_factory=Counter)
    doubled: Counter[str] = field(default_factory=Counter)
    wrong: Counter[str] = field(default_factory=Counter)

    @property
    def sentences(self) -> list[str]:
        """Everything that was violated."""
        return [
            f"{what}: {count} {name}".strip()
            for name, counter in (("lost", self.lost), ("doubled", self.doubled), ("", self.wrong))
            for what, count in counter.items()
            if count
        ]

    def once(self, what: str, wanted: Iterable[object], found: Iterable[object]) -> None:
        """Every wanted thing has to be found exactly once, and nothing else."""
        counts, names = Counter(found), set(wanted)
        self.lost[what] += len(names - counts.keys())
        self.doubled[what] += sum(n - 1 for thing, n in counts.items() if thing in names)
        self.wrong[f"{what}: found, though nobody published it"] += len(counts.keys() - names)
