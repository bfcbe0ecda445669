"""Notices as plain text, from the templates beside this package."""

from __future__ import annotations

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from services.notifications.domain import wording
from services.notifications.domain.composing import in_one_line
from services.notifications.domain.notices import Notice
from shared.contracts.words import MeetingMode

_MODES = {
    MeetingMode.TEAMS: "on Microsoft Teams",
    MeetingMode.FACE_TO_FACE: "face to face",
}


def how_we_meet(mode: MeetingMode) -> str:
    """How people meet, in words."""
    return _MODES[mode]


def text_of(notice: Notice, *, name: str, reply_to: str) -> str:
    """The text of a mail to somebody of this name."""
    template = _templates.get_template(f"{notice.kind}.txt.j2")
    text = template.render(notice=notice, name=in_one_line(name), reply_to=reply_to)
    return text.rstrip() + "\n"


_templates = Environment(
    loader=FileSystemLoader(Path(__file__).parents[1] / "templates"),
    autoescape=False,  # noqa: S701 - plain text: an ampersand in a name has to stay one
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_templates.filters["day"] = wording.day_in_words
_templates.filters["moment"] = wording.moment_in_words
_templates.filters["how_we_meet"] = how_we_meet
_templates.globals["time_of"] = wording.span_in_words
