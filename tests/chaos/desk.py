"""People at the HTTP door: they tell concerns and triage them, and ask again until it is done."""

from __future__ import annotations

import threading
import time
import uuid
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from typing import TYPE_CHECKING, Any

import httpx

from deploy.local.identity import SignInError, fetch_token
from tests.chaos.mistakes import NotSaid, misaddress
from tests.secrecy.canaries import door_word

if TYPE_CHECKING:
    from tests.chaos.installation import Installation

CATEGORY = "infection_control"
"""Of these people's concerns alone, so that they are found again in a list."""
_PLACES = ("1-200000001", "1-200000006", "1-200000009", "1-200000007")
"""The first three have a manager who is written to."""
_PATIENCE = 240.0
_PAUSE = 0.5
_ACTS_PER_MISTAKE = 10
"""Once in so many acts a service says that the wrong person was written to."""
_AGAIN = frozenset({401, 404, 409, 425, 429})
"""Worth asking again: a clock that is wrong, a list that lags, a request still under way."""


@dataclass
class Act:
    """A concern that somebody tells, and perhaps triages."""

    name: str
    """The client's own reference, and the words of the decision."""
    location: str
    reported_by: str
    to_safeguarding: bool
    reference: str = ""
    concern_id: str = ""
    triaged: bool = False
    requests: int = 0
    answers: set[str] = field(default_factory=set)
    """The references that its requests were answered with: one."""


class Unanswered(Exception):  # noqa: N818 - what a person would say
    """Nobody could be reached, or the answer was a refusal."""


@dataclass
class Desk:
    """A thread of people who act one after the other, until it is ended."""

    installation: Installation
    random: Random
    done: list[Act] = field(default_factory=list)
    mistakes: list[str] = field(default_factory=list)
    """The events by which somebody would be written to who may not know it."""
    problems: list[str] = field(default_factory=list)
    heard: Counter[str] = field(default_factory=Counter)
    """How requests were answered."""

    def __post_init__(self) -> None:
        self._ending = threading.Event()
        self._free = threading.Lock()
        """Held while somebody acts, and while nobody may."""
        self._tokens: dict[str, str] = {}
        self._thread = threading.Thread(target=self._work, name="desk")

    def start(self) -> None:
        self._thread.start()

    def end(self) -> None:
        """Let the act in hand come to its end, and begin no other."""
        self._ending.set()
        if self._thread.is_alive():
            self._thread.join()

    def hold(self) -> None:
        """Let nobody act: what was done between a backup and its restore is gone by design."""
        self._free.acquire()

    def go_on(self) -> None:
        self._free.release()

    def _work(self) -> None:
        with httpx.Client(trust_env=False, timeout=5.0) as client:
            while not self._ending.wait(self.random.uniform(0.1, 0.8)):
                if self._free.acquire(timeout=1.0):
                    try:
                        self._act_or_mistake(client)
                    finally:
                        self._free.release()

    def _act_or_mistake(self, client: httpx.Client) -> None:
        if len(self.done) <= _ACTS_PER_MISTAKE * len(self.mistakes):
            self._act(client)
            return
        try:
            self.mistakes.append(misaddress(self.installation.dsn, self.random))
        except NotSaid as why:
            self.problems.append(f"a mistake that nobody could make: {why}")

    def _act(self, client: httpx.Client) -> None:
        act = Act(
            name=f"ACT-{len(self.done):05d}",
            location=self.random.choice(_PLACES),
            reported_by=self.random.choice(("provider", "staff")),
            to_safeguarding=self.random.random() < 0.2,
        )
        try:
            self._tell(client, act)
            self.done.append(act)
            if self.random.random() < 0.7:
                self._triage(client, act)
        except Unanswered as why:
            self.problems.append(f"{act.name}: {why}")

    def _tell(self, client: httpx.Client, act: Act) -> None:
        day = datetime.now(UTC).date() - timedelta(days=self.random.randrange(4, 200))
        form = {
            "location": act.location,
            "reference": act.name,
            "occurred_on": str(day),
            "category": CATEGORY,
            "description": f"A bin stood open. {door_word()}",
            "action_taken": "It was closed.",
            "measures": "A bin with a lid.",
            "reported_by": act.reported_by,
        }
        for answer in self._post(client, act, "portal", "/concerns", form):
            act.answers.add(answer["reference"])
            act.reference = answer["reference"]

    def _triage(self, client: httpx.Client, act: Act) -> None:
        act.concern_id = self._found(client, act)
        limb = "unknown" if act.to_safeguarding else "no"
        form = {
            "decision": "safeguarding" if act.to_safeguarding else "care_concern",
            "care_and_support_needs": "yes",
            "abuse_or_neglect": limb,
            "cannot_protect_themselves": limb,
            "reason": act.name,
        }
        self._post(client, act, "practitioner", f"/concerns/{act.concern_id}/triage", form)
        act.triaged = True

    def _found(self, client: httpx.Client, act: Act) -> str:
        """The id of a concern, as the list of the desk shows it."""
        wanted = {"category": CATEGORY, "sort": "-received_at", "limit": "200"}
        request = client.build_request("GET", f"{self._url}/concerns", params=wanted)
        for line in self._patiently(client, act, "practitioner", request):
            if line["reference"] == act.reference:
                return str(line["concern_id"])
        raise Unanswered("the concern is not in the list")

    def _post(
        self, client: httpx.Client, act: Act, who: str, path: str, form: dict[str, str]
    ) -> list[dict[str, Any]]:
        """What was answered to a POST, and now and then to the same one sent once more."""
        headers = {"Idempotency-Key": str(uuid.UUID(int=self.random.getrandbits(128)))}
        request = client.build_request("POST", self._url + path, json=form, headers=headers)
        times = 2 if self.random.random() < 0.3 else 1
        return [self._patiently(client, act, who, request) for _ in range(times)]

    @property
    def _url(self) -> str:
        return self.installation.stack.services["intake"].url

    def _patiently(self, client: httpx.Client, act: Act, who: str, request: httpx.Request) -> Any:
        """Ask until it is answered with a success. Raises Unanswered."""
        deadline, said = time.monotonic() + _PATIENCE, "nobody there"
        while time.monotonic() < deadline:
            act.requests += 1
            try:
                request.headers["Authorization"] = f"Bearer {self._token(who)}"
                answer = client.send(request)
            except (httpx.HTTPError, SignInError, KeyError) as error:
                said = type(error).__name__
                self.heard[said] += 1
            else:
                said = f"{request.method} {answer.status_code}"
                self.heard[said] += 1
                if answer.is_success:
                    return answer.json()
                if answer.status_code < 500 and answer.status_code not in _AGAIN:
                    break
                if answer.status_code == 401:
                    self._tokens.pop(who, None)
            time.sleep(_PAUSE)
        raise Unanswered(said)

    def _token(self, who: str) -> str:
        if who not in self._tokens:
            self._tokens[who] = fetch_token(self.installation.stack.issuer, who)
        return self._tokens[who]
