"""The page of the messages that partners send: examples good and bad, read from the contracts."""

from __future__ import annotations

import json
from typing import Any

from shared.contracts.inbound_examples import page


def page_of_messages() -> str:
    """Every inbound message with an example that is taken and one that is refused."""
    lines = [
        "# What partners may send, by example",
        "",
        "Made by `python -m deploy.contracts write` from the contracts; do not edit. The schemas",
        "lie in `shared/contracts/schemas` and in each agency's",
        "AsyncAPI document; how to send is in [partners.md](partners.md).",
    ]
    for type_, sentence, good, bad, why, functions in page():
        holders = "every agency" if len(functions) > 10 else ", ".join(functions)
        lines += [
            "",
            f"## `{type_}`",
            "",
            sentence,
            "",
            f"Sent by: {holders}.",
            "",
            "Taken:",
            "",
            "```json",
            _json(good),
            "```",
            "",
            f"Refused, because {why}:",
            "",
            "```json",
            _json(bad),
            "```",
        ]
    return "\n".join(lines) + "\n"


def _json(data: dict[str, Any]) -> str:
    return json.dumps(data, indent=2, ensure_ascii=False)
