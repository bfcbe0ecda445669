"""ETag and If-Match: nobody overwrites what somebody else changed meanwhile, and learns what it is.

A tag follows from what the reader was shown and from nothing else, so no two audiences can compare
notes by it and no version can be counted. It holds a short digest of each field: where it no longer
matches, the answer names the fields that are different now.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from typing import Annotated

from fastapi import Header, Response
from pydantic import BaseModel
from pydantic_core import to_json

from shared.platform.problems import Problem

IfMatch = Annotated[
    str | None,
    Header(
        alias="If-Match",
        max_length=4000,
        description="The ETag of what you read: 412 where it has changed since.",
    ),
]
"""The header, as a parameter of a route."""

_WHOLE = 12
_FIELD = 3
_TAG = re.compile(r'(?<!W/)"([A-Za-z0-9_-]+)"')


def etag_of(view: BaseModel) -> str:
    """The strong tag of what a reader is shown."""
    fields = _fields(view)
    digests = b"".join(digest for _, digest in sorted(fields.items()))
    whole = hashlib.sha256(to_json(sorted(fields)) + to_json(view)).digest()[:_WHOLE]
    return f'"{base64.urlsafe_b64encode(whole + digests).decode().rstrip("=")}"'


def tag(response: Response, view: BaseModel) -> None:
    """Send a view's tag with it."""
    response.headers["ETag"] = etag_of(view)


def must_match(if_match: str | None, view: BaseModel, *, needed: bool = True) -> None:
    """What is to be changed is still as its reader saw it.

    `view` is what the same person would read now. Raises Problem 428 where a tag is needed and none
    came, 412 with the names of the fields that have changed where it is another one.
    """
    if if_match is None:
        if needed:
            raise Problem(
                428,
                "precondition-required",
                "Say which state you change: send If-Match with the ETag of what you read.",
            )
        return
    now = etag_of(view)
    tags = _TAG.findall(if_match)
    if if_match.strip() == "*" or now.strip('"') in tags:
        return
    raise Problem(
        412,
        "changed-meanwhile",
        "Somebody has changed this since you read it. Nothing of yours was taken.",
        headers={"ETag": now},
        extra={
            "changed": _changed(tags[0] if tags else "", view),
            "instead": "Read it again, see what has changed, and send your change for that state.",
        },
    )


def _fields(view: BaseModel) -> dict[str, bytes]:
    return {
        name: hashlib.sha256(to_json(getattr(view, name))).digest()[:_FIELD]
        for name in type(view).model_fields
    }


def _changed(known: str, view: BaseModel) -> list[str]:
    """The fields that differ; all of them where the tag is none of ours."""
    fields = sorted(_fields(view).items())
    try:
        digests = base64.urlsafe_b64decode(known + "=" * (-len(known) % 4))[_WHOLE:]
    except (binascii.Error, ValueError):
        digests = b""
    if len(digests) != _FIELD * len(fields):
        return [name for name, _ in fields]
    return [
        name
        for place, (name, digest) in enumerate(fields)
        if digests[place * _FIELD :][:_FIELD] != digest
    ]
