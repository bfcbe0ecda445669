from __future__ import annotations

import json

from tests.intake.conftest import *
from tests.stage import kafka_record

CONCERN = "partner.concern.raised.v1"


def structured(intake, doc, headers=()):
    return intake.record(
        "council-quality",
        doc if isinstance(doc, bytes) else json.dumps(doc).encode(),
        [("content-type", b"application/cloudevents+json"), *headers],
    )


def doc(**ch):
    return {
        "specversion": "1.0",
        "id": "s-1",
        "source": "urn:agency:council-quality",
        "type": CONCERN,
        "data": concern(),
        **ch,
    }


def cases(intake):
    m = lambda data, **a: intake.message("council-quality", CONCERN, data, **a)
    yield "nul ce_id", m(concern(), id="a\x00b")
    yield "nul type", m(concern(), type="a\x00b")
    yield "nul source", m(concern(), source="a\x00b")
    yield "ctrl id", m(concern(), id="a\nb")
    yield "id200", m(concern(reference="R-200"), id="x" * 200)
    yield "id201", m(concern(), id="x" * 201)
    yield "id emoji 200", m(concern(reference="R-201"), id="\U0001f600" * 200)
    for f in (
        "location",
        "reference",
        "category",
        "description",
        "action_taken",
        "action_none_reason",
        "measures",
    ):
        yield "nul " + f, m(concern(**{f: "a\x00b"}))
    yield "nul implicated", m(concern(implicated_role="a\x00b"))
    yield "nul fieldname", m(concern(**{"a\x00b": 1}))
    yield (
        "nul in trace",
        intake.record(
            "council-quality",
            json.dumps(concern(reference="R-t1")).encode(),
            [
                ("ce_specversion", b"1.0"),
                ("ce_id", b"t1"),
                ("ce_source", b"urn:agency:council-quality"),
                ("ce_type", CONCERN.encode()),
                ("traceparent", b"\x00"),
            ],
        ),
    )
    yield (
        "long trace",
        intake.record(
            "council-quality",
            json.dumps(concern(reference="R-t2")).encode(),
            [
                ("ce_specversion", b"1.0"),
                ("ce_id", b"t2"),
                ("ce_source", b"urn:agency:council-quality"),
                ("ce_type", CONCERN.encode()),
                ("traceparent", b"x" * 1_048_000),
            ],
        ),
    )
    yield (
        "dup header",
        intake.record(
            "council-quality",
            json.dumps(concern(reference="R-t3")).encode(),
            [
                ("ce_specversion", b"1.0"),
                ("ce_id", b"t3"),
                ("ce_source", b"urn:agency:cqc"),
                ("ce_source", b"urn:agency:council-quality"),
                ("ce_type", CONCERN.encode()),
            ],
        ),
    )
    yield (
        "nul header name",
        intake.record(
            "council-quality",
            json.dumps(concern(reference="R-t4")).encode(),
            [
                ("a\x00", b"1"),
                ("ce_specversion", b"1.0"),
                ("ce_id", b"t4"),
                ("ce_source", b"urn:agency:council-quality"),
                ("ce_type", CONCERN.encode()),
            ],
        ),
    )
    yield "surrogate bin", m(b'{"location":"\\ud800"}')
    yield (
        "surrogate desc bin",
        m(json.dumps(concern(description="\ud800", reference="R-s")).encode()),
    )
    yield "s surrogate id", structured(intake, doc(id="\ud800"))
    yield "s surrogate type", structured(intake, doc(type="\ud800"))
    yield "s surrogate source", structured(intake, doc(source="\ud800"))
    yield (
        "s surrogate trace",
        structured(intake, doc(id="s-2", traceparent="\ud800", data=concern(reference="R-s2"))),
    )
    yield "s surrogate data", structured(intake, doc(id="s-3", data=concern(description="\ud800")))
    yield "s nul id", structured(intake, doc(id="\x00"))
    yield "s nul data", structured(intake, doc(data=concern(description="\x00")))
    yield (
        "s huge int",
        structured(
            intake,
            b'{"specversion":"1.0","id":"h","source":"x","type":"y","data":' + b"9" * 5000 + b"}",
        ),
    )
    yield (
        "s 1e999",
        structured(
            intake,
            b'{"specversion":"1.0","id":"h","source":"urn:agency:council-quality","type":"partner.concern.raised.v1","data":1e999}',
        ),
    )
    for depth in (300, 900, 950, 960, 970, 980, 990, 995, 1000, 2000, 100000):
        yield (
            f"s depth {depth}",
            structured(
                intake,
                b'{"specversion":"1.0","id":"h","source":"urn:agency:council-quality","type":"partner.concern.raised.v1","data":'
                + b"[" * depth
                + b"]" * depth
                + b"}",
            ),
        )
        yield f"b depth {depth}", m(b"[" * depth + b"]" * depth)
    yield "b huge int", m(b'{"location": ' + b"9" * 5000 + b"}")
    yield (
        "dup keys",
        m(json.dumps(concern(reference="R-d")).encode()[:-1] + b', "location": "1-200000002"}'),
    )
    yield "date 0001", m(concern(reference="R-d1", occurred_on="0001-01-01"))
    yield "date int", m(concern(reference="R-d2", occurred_on=0))
    yield "date neg", m(concern(reference="R-d3", occurred_on=-9999999999999))
    yield "date str int", m(concern(reference="R-d4", occurred_on="1e400"))
    yield "bool str", m(concern(reference="R-d5", significant_harm="yes"))
    yield "bom", m(b"\xef\xbb\xbf" + json.dumps(concern(reference="R-d6")).encode())
    yield "null value", m(b"")
    yield "ref newline", m(concern(reference="R-1\n"))
    yield "loc newline", m(concern(location=CARE_HOME + "\n"))
    yield "cat newline", m(concern(category="medication\n"))
    yield (
        "long desc",
        m(
            concern(
                reference="R-l",
                description="\U0001f600" * 20000,
                action_taken="\U0001f600" * 20000,
                measures="\U0001f600" * 20000,
            )
        ),
    )


async def test_all(intake):
    out = []
    for name, rec in cases(intake):
        try:
            rs = await intake.receive(rec)
            out.append(
                (
                    name,
                    [
                        (
                            r.status,
                            r.rule,
                            r.field,
                            (r.message_id or "")[:20],
                            (r.partner_traceparent or "")[:20],
                        )
                        for r in rs
                    ],
                )
            )
        except BaseException as e:
            out.append((name, "RAISED", type(e).__name__, str(e)[:100]))
        async with intake.world.works.begin() as w:
            t = w.tables.dead_letter
            from sqlalchemy import delete, select

            rows = list(await w.session.execute(select(t.c.state, t.c.reason)))
            if rows:
                out.append(("    DEAD", rows))
            await w.session.execute(delete(t))
    for o in out:
        print(*o)


async def test_keys(intake):
    for key in (b"\x00", b"x" * 100000, b"\xff", b"Mrs Jones"):
        base = intake.message("council-quality", CONCERN, concern(reference="K-%d" % len(key)))
        rec = kafka_record(base.topic, base.offset, key, base.value, base.headers)
        try:
            print(key[:10], [r.status for r in await intake.receive(rec)])
        except BaseException as e:
            print(key[:10], "RAISED", type(e).__name__, str(e)[:80])
