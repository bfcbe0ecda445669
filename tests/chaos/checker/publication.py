"""Each event that was said is on its topic, and each key's are in the order of saying."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping

from tests.chaos.checker.reading import Row
from tests.chaos.checker.verdict import Verdict
from tests.chaos.logs import Entry, first_appearances


def judge(
    verdict: Verdict,
    service: str,
    rows: Iterable[Row],
    topics: Mapping[str, list[Entry]],
    marks: Mapping[str, Mapping[int, int]],
    answered_again: Collection[str] = (),
) -> None:
    """Hold an outbox (in order of saying) against the topics.

    A service whose database was restored reads its topics again, in another interleaving, and says
    the same once more: order is held against what came first on the topic after that (`marks`).
    Answers to records that are gone (`answered_again`) are on the topic, and in no outbox.
    """
    said: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for row in rows:
        said[row["topic"]][row["key"]].append(row["id"])
    for topic, keys in said.items():
        if topic not in topics:
            verdict.wrong[f"nobody has read {topic}"] += 1
            continue
        standing = [entry for entry in topics[topic] if entry.id not in answered_again]
        distinct = first_appearances(standing)
        verdict.repeated += len(standing) - len(distinct)
        ids = [id_ for told in keys.values() for id_ in told]
        verdict.once(f"events on {topic}", ids, [entry.id for entry in distinct])
        out = _out_of_order(keys, distinct, marks.get(topic, {}))
        verdict.wrong[f"keys out of order on {topic}"] += out


def _out_of_order(
    keys: Mapping[str, list[str]], distinct: list[Entry], mark: Mapping[int, int]
) -> int:
    """How many keys have events on the topic in another order than they were said."""
    late = [entry for entry in distinct if entry.offset >= mark.get(entry.partition, 0)]
    after = {entry.id for entry in late}
    heard: dict[str, list[str]] = defaultdict(list)
    for entry in late:
        heard[entry.key].append(entry.id)
    return sum(heard[key] != [id_ for id_ in told if id_ in after] for key, told in keys.items())
