"""Nothing leaves by a way that no canary has been down: the list is read from the code."""

from __future__ import annotations

import ast
from pathlib import Path

from tests.secrecy.channels import channels, modules_of
from tests.stage import ROOT

HOSTILE = "tests/secrecy/test_canaries_hostile.py"
ANSWERS = "tests/secrecy/test_canaries_answers.py"
INTAKE = "tests/secrecy/test_canaries_at_intake.py"
NARRATIVES = "tests/secrecy/test_canaries_narratives.py"
MAILS = "tests/secrecy/test_canaries_mails.py"
FEEDS = "tests/secrecy/test_canaries.py"
DESKS = "tests/secrecy/test_canaries_desks.py"
RUNNING = "tests/journeys/test_nothing_leaked.py"
HELD = (
    "tests/secrecy/test_canaries_files.py::"
    "test_working_off_the_quarantine_says_nothing_of_what_lies_in_it"
)
ATTACHED = (
    "tests/secrecy/test_canaries_files.py::"
    "test_a_file_leaves_by_its_own_door_only_whatever_the_scanner_says"
)
STORED = (
    "tests/secrecy/test_canaries_files.py::"
    "test_a_store_of_files_learns_contents_and_no_more_and_its_errors_come_back_to_nobody"
)
FETCHED = "tests/intake/test_cqc_api.py::test_what_is_no_object_is_refused_without_repeating_it"
ODD_ROWS = (
    "tests/intake/test_register_imports.py::"
    "test_odd_and_refused_rows_are_told_by_row_and_column_and_never_by_value"
)
RETENTION = (
    "tests/intake/test_retention.py::test_the_command_shows_the_plan_and_erases_only_when_told_to"
)
CHANGED = "tests/intake/test_reasons.py::test_a_decision_on_what_was_changed_meanwhile_is_told_what"
KEYS = "tests/platform/test_idempotency.py"

SET_ASIDE = f"{HOSTILE}::test_no_command_on_what_was_set_aside_says_anything_of_its_content"
LISTINGS = f"{HOSTILE}::test_a_listing_of_dead_letters_shows_nothing_of_what_they_hold"
ERRORS = f"{ANSWERS}::test_no_error_answer_repeats_what_was_sent"
FAULTS = f"{ANSWERS}::test_a_fault_of_ours_tells_nothing_of_its_values"
TAGS = f"{ANSWERS}::test_who_has_to_read_again_first_is_told_so_without_what_was_sent"
RATES = f"{ANSWERS}::test_who_comes_too_often_is_told_when_to_come_again_without_what_was_sent"
FILES = f"{HOSTILE}::test_a_file_that_cannot_be_loaded_is_told_of_without_its_name_or_its_content"
PARTNER = f"{HOSTILE}::test_what_a_partner_sends_comes_back_to_itself_only_and_never_as_text"
TO_INTAKE = f"{INTAKE}::test_what_is_told_to_intake_is_read_at_its_own_doors_only"
TO_MEETINGS = (
    f"{NARRATIVES}::"
    "test_what_is_told_to_meetings_is_read_by_desk_member_and_provider_each_their_part"
)
EACH_MAIL = f"{MAILS}::test_each_mail_holds_the_markers_of_its_readers_labels_and_no_other"
EACH_FEED = f"{FEEDS}::test_each_feed_holds_the_markers_of_its_labels_and_no_other"
EACH_DESK = f"{DESKS}::test_each_desk_of_assessment_reads_the_markers_of_its_labels_and_no_other"
NO_CONTENT = f"{FEEDS}::test_no_answer_of_notifications_holds_what_a_fact_says"
STACK = f"{RUNNING}::test_nothing_that_was_sent_lies_in_what_operators_read"

COVERED: dict[str, tuple[str, ...]] = {
    EACH_FEED: (
        "topic partner.<agency>.out.v1",
        "topic notifications.v1",
        "exporter AllowListExporter",
        "exporter SpanFile",
        "exporter MetricFile",
        "exporter OTLPSpanExporter",  # gets what AllowListExporter passes on
        "exporter OTLPMetricExporter",  # gets what MetricFile gets
        "log outlet PrintLoggerFactory in shared/platform/telemetry.py",
    ),
    EACH_MAIL: (
        "template chair_appointed.txt.j2",
        "template chair_invited.txt.j2",
        "template emergency_unplaced.txt.j2",
        "template concern_acknowledged.txt.j2",
        "template concern_answered.txt.j2",
        "template concern_redirected.txt.j2",
        "template correction_decided.txt.j2",
        "template handover_added_to.txt.j2",
        "template handover_unanswered.txt.j2",
        "template quarantine_waiting.txt.j2",
        "template statutory_due.txt.j2",
        "template statutory_handed_over.txt.j2",
        "template statutory_overdue.txt.j2",
        "template triage_overdue.txt.j2",
        "template letter.txt.j2",
        "template not_delivered.txt.j2",
        "template plan_overdue.txt.j2",
        "template plan_submitted.txt.j2",
        "template policy_review_due.txt.j2",
        "template provider_contacted.txt.j2",
        "template provider_invited.txt.j2",
        "template safeguarding_handover.txt.j2",
        "client aiosmtplib in services/notifications/channels/smtp.py",
    ),
    NO_CONTENT: (
        "route notifications GET /agencies/{agency_id}/feed",
        "route notifications GET /ledger",
        "route notifications GET /ledger/check",
        "route notifications GET /messages",
    ),
    EACH_DESK: (
        "topic assessment.v1",
        "route assessment GET /locations/{location_id}/picture",
        "route assessment GET /triggers",
    ),
    TO_INTAKE: (
        "topic intake.v1",
        "topic intake.contacts.v1",
        "route intake GET /concerns",
        "route intake GET /concerns.csv",
        "route intake GET /concerns/status/{reference}",
        "route intake GET /concerns/{concern_id}",
        "route intake GET /concerns/{concern_id}/files",
        "route intake GET /concerns/{concern_id}/files/{file_id}",
        "route intake GET /concerns/{concern_id}/duplicates",
        "route intake GET /contacts",
        "route intake GET /drafts",
        "route intake GET /drafts/{draft_id}",
        "route intake GET /feedback",
        "route intake GET /feedback.csv",
        "route intake GET /providers/{provider_id}/variations",
        "route intake GET /requests",
        "route intake GET /requests/refusals",
        "route intake GET /requests/{reference}",
        "route intake GET /requests/refused",
        "route intake GET /requests.csv",
        "route intake GET /signals",
        "route intake GET /signals.csv",
        "route intake GET /quality-returns/overdue",
        "route intake GET /retention/runs",
        "route intake GET /signals/{signal_id}",
        "route intake GET /ratings/position.csv",
        "route intake GET /agencies",
        "route intake GET /confidentiality",
        "route intake GET /requests/statutory",
        "route intake GET /requests/statutory.csv",
        "route intake GET /handovers",
        "route intake GET /handovers.csv",
        "route intake GET /holds",
        "route intake GET /locations",
        "route intake GET /locations/{location_id}",
        "route intake GET /locations/{location_id}/history",
        "route intake GET /locations/{location_id}/ratings",
        "route intake GET /agencies/{agency_id}",
        "route intake GET /providers",
        "route intake GET /providers/{provider_id}",
        "route intake GET /providers/{provider_id}/history",
        "route intake GET /ratings/position",
        "route intake GET /register/imports",
        "route intake GET /providers/{provider_id}/timeline",
        "route intake GET /quarantine",
        "route intake GET /quarantine.csv",
        "route intake GET /quarantine/{item_id}",
        "route intake GET /triage",
        "route intake GET /triage.csv",
        "route intake GET /submissions/templates/{kind}.csv",
        "route intake GET /submissions/templates/{kind}.xlsx",
    ),
    TO_MEETINGS: (
        "topic meetings.v1",
        "route meetings GET /considerations",
        "route meetings GET /considerations/{consideration_id}",
        "route meetings GET /qips",
        "route meetings GET /qips/{qip_id}",
    ),
    ERRORS: (
        "route assessment POST /locations/{location_id}/wider-concern",
        "route assessment POST /triggers/{crossing_id}/confirmation",
        "route assessment POST /triggers/{crossing_id}/rejection",
        "route intake PATCH /locations/{location_id}",
        "route intake PATCH /providers/{provider_id}",
        "route intake POST /agencies/{agency_id}/agreements",
        "route intake POST /confidentiality/acceptances",
        "route intake POST /agencies/{agency_id}/succession",
        "route intake POST /locations",
        "route intake PUT /agencies/{agency_id}/agreement-end",
        "route intake POST /concerns",
        "route intake POST /concerns/status/{reference}/entries",
        "route intake POST /concerns/{concern_id}/answer",
        "route intake POST /concerns/{concern_id}/corrections/{entry_id}",
        "route intake POST /concerns/{concern_id}/duplicates",
        "route intake POST /drafts",
        "route intake POST /drafts/{draft_id}/submission",
        "route intake POST /feedback",
        "route intake POST /providers/{provider_id}/predecessors",
        "route intake POST /providers/{provider_id}/predecessors/withdrawal",
        "route intake POST /providers/{provider_id}/variations",
        "route intake POST /requests",
        "route intake POST /submissions/{kind}",
        "route intake POST /requests/statutory/{reference}/closing",
        "route intake POST /requests/{reference}/closing",
        "route intake POST /requests/{reference}/override",
        "route intake PUT /drafts/{draft_id}",
        "route intake POST /concerns/{concern_id}/claim",
        "route intake POST /concerns/{concern_id}/release",
        "route intake POST /holds",
        "route intake POST /retention/runs",
        "route intake POST /retention/runs/{run_id}/approval",
        "route intake POST /holds/{hold_id}/lift",
        "route intake POST /concerns/{concern_id}/triage",
        "route intake POST /handovers/{concern_id}/acknowledgement",
        "route intake PUT /agencies/{agency_id}/suspension",
        "route meetings POST /considerations/{consideration_id}/decision",
        "route meetings POST /meetings/{meeting_id}/plan",
        "route meetings POST /qips/{qip_id}/chair",
        "route meetings POST /qips/{qip_id}/meetings",
        "route meetings POST /qips/{qip_id}/provider-contact",
        "route meetings PUT /qips/{qip_id}/meetings/{meeting_id}",
        "problem identity-unavailable",
        "problem invalid-request",
        "problem method-not-allowed",
        "problem not-found",
        "problem role-needed",
        "problem too-large",
        "problem unauthenticated",
        "client httpx in shared/platform/security.py",  # asks the issuer for keys, tells nothing
    ),
    FAULTS: ("problem internal", "problem unavailable", "problem wrong-media-type"),
    f"{ANSWERS}::test_a_refusal_names_rule_and_field_and_not_what_was_sent": ("problem refused",),
    PARTNER: ("topic partner.<agency>.in.v1",),
    LISTINGS: ("command dead-letters list", "command outbox list"),
    SET_ASIDE: (
        "command dead-letters discard",
        "command dead-letters inspect",
        "command dead-letters repair",
        "command dead-letters replay",
        "command outbox discard",
        "command outbox repair",
        "command publish-again",
        "writer shared/platform/command.py",
        "writer shared/platform/commands_aside.py",
    ),
    FILES: (
        "command intake load-agencies",
        "command intake load-contacts",
        "command intake load-locations",
        "command intake load-ratings",
        "command intake load-services",
        "command intake load-deactivated",
        "command intake load-directory",
        "writer services/intake/commands/__init__.py",
        "writer services/intake/commands/loading.py",
        "client rich in services/intake/commands/loading.py",
    ),
    RETENTION: ("command intake retention", "writer services/intake/commands/retention.py"),
    CHANGED: ("problem changed-meanwhile",),
    TAGS: ("problem precondition-required",),
    f"{KEYS}::test_a_key_that_came_with_another_body_is_refused": (
        "problem idempotency-key-reused",
    ),
    f"{KEYS}::test_while_the_first_is_under_way_the_second_is_told_to_wait": (
        "problem idempotency-in-flight",
    ),
    RATES: ("problem too-many-requests",),
    HELD: (
        "route intake POST /quarantine/{item_id}/redaction",
        "route intake POST /quarantine/{item_id}/rejection",
        "route intake POST /quarantine/{item_id}/release",
    ),
    ATTACHED: (
        "route intake PUT /concerns/{concern_id}/files/{file_id}",
        "route intake PUT /concerns/status/{reference}/files/{file_id}",
        "writer services/intake/files/scanner.py",
        "client open_connection in services/intake/files/scanner.py",
    ),
    FETCHED: (
        "client httpx in services/intake/cqc_api/client.py",
        "command intake fetch-register",
    ),
    ODD_ROWS: ("writer services/intake/handlers/imports.py",),  # into the database
    STORED: ("client obstore in services/intake/files/storage.py",),
    STACK: (
        "command run",
        "command migrate",
        "command assessment recompute",
        "open route /docs",
        "open route /health/live",
        "open route /health/ready",
        "log outlet StreamHandler in shared/platform/telemetry.py",
        "writer services/assessment/commands.py",
        "writer shared/platform/exporters.py",
        "writer shared/platform/broker.py",  # asks the broker for its versions, in fixed bytes
        "client open_connection in shared/platform/broker.py",  # the same
        "client faststream in shared/platform/broker.py",
        "client faststream in shared/platform/consumer.py",
        "client aiokafka in shared/platform/relay.py",
        "client opentelemetry in shared/platform/telemetry.py",  # the exporters
        "client uvicorn in shared/platform/app.py",
    ),
}
"""The test that goes down each channel with canaries."""


def test_every_channel_has_canaries() -> None:
    covered = {channel for found in COVERED.values() for channel in found}
    missing, gone = channels() - covered, covered - channels()
    assert missing == set(), "new ways out that no canary has been down"
    assert gone == set()


def test_the_tests_that_cover_channels_are_there() -> None:
    for name in COVERED:
        file, _, test = name.partition("::")
        tree = ast.parse((ROOT / file).read_text("utf-8"))
        names = {node.name for node in ast.walk(tree) if hasattr(node, "name")}
        assert test in names, f"{name} is gone"


def test_a_new_outlet_is_noticed(tmp_path: Path) -> None:
    """Also one that nobody has thought of: what is not known to be quiet is a way out."""
    room = tmp_path / "services" / "notifications"
    room.mkdir(parents=True)
    (tmp_path / "shared").mkdir()
    sources = {
        "texting": "import requests\nrequests.post('https://sms.example')\n",
        "journal": "open('/var/log/journal', 'a')\n",
        "pager": "from obscure.paging import page\n",
        "lines": "from http import HTTPStatus, client\n",
        "direct": "import asyncio\nasyncio.open_connection('pager.example', 80)\n",
        "shell": "import os\nos.system('curl pager.example')\n",
        "late": "import importlib\nimportlib.import_module('requests')\n",
        "quiet": "from urllib.parse import quote\nfrom aiokafka import ConsumerRecord\n",
        "loud": "from aiokafka import AIOKafkaProducer\n",
    }
    for name, source in sources.items():
        (room / f"{name}.py").write_text(source)
    at = "in services/notifications"
    assert set(modules_of(tmp_path)) == {
        f"client requests {at}/texting.py",
        "writer services/notifications/journal.py",
        f"client obscure {at}/pager.py",
        f"client http {at}/lines.py",
        f"client open_connection {at}/direct.py",
        f"client system {at}/shell.py",
        f"client importlib {at}/late.py",
        f"client import_module {at}/late.py",
        f"client aiokafka {at}/loud.py",
    }
