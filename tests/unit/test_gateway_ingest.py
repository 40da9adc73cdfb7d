"""Taking touchpoints in: answers, limits, keys."""

import asyncio
import gzip
import json
from collections.abc import AsyncIterator

import orjson
import pytest

from processors.decode import MOST_BYTES
from schemas.outcome import Refusal
from sinks.api_keys import ApiKey
from streams.gateway.body import BODY_BYTES
from streams.gateway.intake import Intake, judge
from streams.settings import Settings
from streams.time_limits import limits_of
from tests.gateway import FakeGateway, bearer, event


def run(scenario) -> None:
    asyncio.run(scenario())


def ndjson(*events: dict) -> bytes:
    return b"\n".join(json.dumps(one).encode() for one in events)


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (json.dumps(event(1)).encode(), "application/json"),
        (json.dumps([event(1)]).encode(), "application/json"),
        (ndjson(event(1)), "application/x-ndjson"),
        (b"\xef\xbb\xbf" + json.dumps(event(1), indent=2).encode(), "text/plain"),
    ],
)
def test_every_form_of_body_is_taken(body: bytes, content_type: str) -> None:
    async def scenario() -> None:
        gateway = FakeGateway()
        key = await gateway.key()
        async with gateway.client() as client:
            answer = await client.post(
                "/v1/touchpoints", content=body, headers=bearer(key) | {"Content-Type": content_type}
            )
        assert (answer.status_code, answer.json()) == (202, {"accepted": 1, "duplicates": 0, "rejected": []})
        assert [one["event_id"] for one in gateway.produced()] == ["e1"]

    run(scenario)


def test_lines_without_their_content_type_are_recognised() -> None:
    async def scenario() -> None:
        gateway = FakeGateway()
        key = await gateway.key()
        async with gateway.client() as client:
            answer = await client.post(
                "/v1/touchpoints", content=ndjson(event(1), event(2)) + b"\n\n", headers=bearer(key)
            )
        assert answer.json()["accepted"] == 2

    run(scenario)


def test_a_record_carries_key_time_and_the_source_that_the_api_key_vouches_for() -> None:
    async def scenario() -> None:
        gateway = FakeGateway()
        key = await gateway.key(source="mini-program")
        async with gateway.client() as client:
            await client.post("/v1/touchpoints", json=event(1, source="somebody-else"), headers=bearer(key))
        (record,) = gateway.producer.records["touchpoints"]
        assert (record.key, record.timestamp) == (b"phone:13800138000", gateway.now)
        assert gateway.produced()[0]["source"] == "mini-program"

    run(scenario)


def test_each_bad_event_is_named_and_kept_with_its_own_bytes() -> None:
    async def scenario() -> None:
        gateway = FakeGateway()
        key = await gateway.key()
        lines = [
            json.dumps(event(1)).encode(),
            b'{"event_id": "x",',
            json.dumps(event(3, type="nonsense")).encode(),
            json.dumps(event(4, occurred_at="2026-11-21T23:00:00+08:00")).encode(),
        ]
        async with gateway.client() as client:
            answer = await client.post("/v1/touchpoints", content=b"\n".join(lines), headers=bearer(key))
        body = answer.json()
        assert (answer.status_code, body["accepted"]) == (202, 1)
        found = [(one["index"], one["event_id"], one["reason"], one["pointer"]) for one in body["rejected"]]
        assert found == [
            (1, None, "not_json", ""),
            (2, "e3", "unknown_type", "/type"),
            (3, "e4", "future_time", "/occurred_at"),
        ]
        kept = [gateway.codec.decode_rejected(record.value) for record in gateway.producer.records["rejected"]]
        assert [one.payload for one in kept] == lines[1:]
        assert {one.component for one in kept} == {"gateway"}
        assert [one.refusal.reason for one in kept] == ["not_json", "unknown_type", "future_time"]

    run(scenario)


@pytest.mark.parametrize("claimed", [{"source": "crm"}, {}])
def test_what_is_refused_is_kept_with_the_source_that_its_key_vouches_for(claimed: dict[str, str]) -> None:
    async def scenario() -> None:
        gateway = FakeGateway()
        key = await gateway.key(source="mini-program")
        deep = b"[" * 300 + b"]" * 300
        async with gateway.client() as client:
            for more in (b'"x": 12345678901234567890123', b'"x":' + deep):
                body = json.dumps({"type": "nonsense", **claimed}).encode()[:-1] + b"," + more + b"}"
                await client.post("/v1/touchpoints", content=body, headers=bearer(key))
        kept = [gateway.codec.decode_rejected(record.value).payload for record in gateway.producer.records["rejected"]]
        assert [(b'"source":"mini-program"' in one, b"crm" in one) for one in kept] == [(True, False)] * len(kept)
        assert b"12345678901234567890123" in kept[-2], "all else stands as it was sent"
        assert deep in kept[-1]

    run(scenario)


def test_an_event_that_is_too_large_with_the_source_of_its_key_is_said_and_kept() -> None:
    async def scenario() -> None:
        gateway = FakeGateway()
        key = await gateway.key(source="mini-program")
        room = MOST_BYTES - len(orjson.dumps(event(1, source="w", x="")))
        async with gateway.client() as client:
            answer = await client.post("/v1/touchpoints", json=event(1, source="w", x="y" * room), headers=bearer(key))
        assert [one["reason"] for one in answer.json()["rejected"]] == ["too_large"]
        (kept,) = [gateway.codec.decode_rejected(record.value) for record in gateway.producer.records["rejected"]]
        assert orjson.loads(kept.payload) == event(1, source="mini-program", x="y" * room)

    run(scenario)


def test_an_array_keeps_the_bytes_of_each_element() -> None:
    async def scenario() -> None:
        gateway = FakeGateway()
        key = await gateway.key()
        async with gateway.client() as client:
            await client.post("/v1/touchpoints", content=b'[ {"source" :"website"} , 7 ]', headers=bearer(key))
        kept = [gateway.codec.decode_rejected(record.value).payload for record in gateway.producer.records["rejected"]]
        assert kept == [b'{"source" :"website"}', b"7"]

    run(scenario)


def test_repeats_are_counted_in_a_request_and_across_requests() -> None:
    async def scenario() -> None:
        gateway = FakeGateway()
        key = await gateway.key()
        async with gateway.client() as client:
            first = await client.post("/v1/touchpoints", json=[event(1), event(1), event(2)], headers=bearer(key))
            second = await client.post("/v1/touchpoints", json=[event(2), event(3)], headers=bearer(key))
        assert (first.json()["accepted"], first.json()["duplicates"]) == (2, 1)
        assert (second.json()["accepted"], second.json()["duplicates"]) == (1, 1)

    run(scenario)


@pytest.mark.parametrize("bad", [b'{"a": NaN}', b'{"a": "\\ud83d"}', b'{"a": "],[{\\""} x', b'"\\u12"'])
def test_what_is_no_json_in_an_array_does_not_take_the_others_with_it(bad: bytes) -> None:
    async def scenario() -> None:
        gateway = FakeGateway()
        key = await gateway.key()
        body = b"[" + json.dumps(event(1)).encode() + b" ,\n" + bad + b", " + json.dumps(event(2)).encode() + b"]"
        async with gateway.client() as client:
            answer = await client.post("/v1/touchpoints", content=body, headers=bearer(key))
        said = answer.json()
        assert (answer.status_code, said["accepted"]) == (202, 2)
        assert [(one["index"], one["reason"]) for one in said["rejected"]] == [(1, "not_json")]
        (kept,) = [gateway.codec.decode_rejected(record.value) for record in gateway.producer.records["rejected"]]
        assert kept.payload == bad

    run(scenario)


@pytest.mark.parametrize(("days", "reason"), [(0, None), (30, "too_old"), (20_000, None)])
def test_an_event_is_too_old_where_the_settings_say_so(days: float, reason: str | None) -> None:
    limits = limits_of(Settings(max_event_age_days=days))
    item = event(1, occurred_at="1990-01-01T00:00:00Z")
    outcome = judge(item, ApiKey(key_id="k", digest=b"", source=None, created_at=0), FakeGateway().now, limits)
    assert (outcome.reason if isinstance(outcome, Refusal) else None) == reason


def test_nothing_readable_is_400_and_kept() -> None:
    async def scenario() -> None:
        gateway = FakeGateway()
        key = await gateway.key()
        async with gateway.client() as client:
            for body in (b"hello", b"[1, 2", b"\xff\xfe\x00", b"[1, NaN}", b"[NaN,]", b"[NaN] 1", b'["' + b'\\"' * 9):
                answer = await client.post("/v1/touchpoints", content=body, headers=bearer(key))
                assert (answer.status_code, answer.json()["code"]) == (400, "not_json")
            empty = await client.post("/v1/touchpoints", content=b" \n", headers=bearer(key))
            none = await client.post("/v1/touchpoints", content=b"[ ]", headers=bearer(key))
        assert [(one.status_code, one.json()["code"]) for one in (empty, none)] == [(400, "empty")] * 2
        assert len(gateway.producer.records["rejected"]) == 7

    run(scenario)


def test_a_retry_after_a_partial_failure_loses_and_doubles_nothing() -> None:
    async def scenario() -> None:
        gateway = FakeGateway()
        key = await gateway.key()
        events = [event(number) for number in range(5)]
        gateway.producer.failures = 1
        async with gateway.client() as client:
            failed = await client.post("/v1/touchpoints", json=events, headers=bearer(key))
            again = await client.post("/v1/touchpoints", json=events, headers=bearer(key))
        assert failed.status_code == 503
        assert int(failed.headers["retry-after"]) >= 1
        assert again.json() == {"accepted": 5, "duplicates": 0, "rejected": []}
        assert {one["event_id"] for one in gateway.produced()} == {f"e{number}" for number in range(5)}

    run(scenario)


def test_503_while_kafka_is_away_and_until_its_topics_are_known() -> None:
    async def scenario() -> None:
        gateway = FakeGateway()
        key = await gateway.key()
        gateway.producer.outage = True
        async with gateway.client() as client:
            unknown = await client.post("/v1/touchpoints", json=event(), headers=bearer(key))
            gateway.intake.ready = True
            away = await client.post("/v1/touchpoints", json=event(), headers=bearer(key))
            ready = await client.get("/readyz")
        assert [unknown.status_code, away.status_code, ready.status_code] == [503, 503, 503]
        assert "retry-after" in unknown.headers
        assert "outage" in ready.json()["checks"]["kafka"]

    run(scenario)


def test_too_much_in_flight_is_turned_away(monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario() -> None:
        gateway = FakeGateway()
        key = await gateway.key()
        monkeypatch.setattr("streams.gateway.intake.INFLIGHT_BYTES", 10)
        async with gateway.client() as client:
            answer = await client.post("/v1/touchpoints", json=event(), headers=bearer(key))
        assert answer.status_code == 503

    run(scenario)


def test_keys_are_asked_for() -> None:
    async def scenario() -> None:
        gateway = FakeGateway()
        secret, public = await gateway.key(), await gateway.key(public=True, origins=("https://a.example",))
        async with gateway.client() as client:
            gateway.seconds += 10
            statuses = [
                (await client.post("/v1/touchpoints", json=event())).status_code,
                (await client.post("/v1/touchpoints", json=event(), headers=bearer("nonsense"))).status_code,
                (await client.post("/v1/touchpoints", json=event(), headers=bearer(secret + "0"))).status_code,
                (await client.post("/v1/touchpoints", json=event(), headers={"Authorization": "Basic x"})).status_code,
                (await client.post(f"/v1/beacon?key={secret}", json=event())).status_code,
                (await client.post("/v1/beacon", json=event())).status_code,
                (await client.post(f"/v1/beacon?key={public}", json=event())).status_code,
            ]
        assert statuses == [401, 401, 401, 401, 401, 401, 202]

    run(scenario)


def test_a_key_made_a_moment_ago_works_and_a_revoked_one_stops() -> None:
    async def scenario() -> None:
        gateway = FakeGateway()
        async with gateway.client() as client:
            gateway.seconds += 1
            key = await gateway.key()
            assert (await client.post("/v1/touchpoints", json=event(1), headers=bearer(key))).status_code == 202
            await gateway.store.revoke(key.split("_")[1], gateway.now)
            await gateway.keys.refresh()
            gateway.seconds += 1
            assert (await client.post("/v1/touchpoints", json=event(2), headers=bearer(key))).status_code == 401

    run(scenario)


def test_keys_survive_an_outage_of_their_store() -> None:
    async def scenario() -> None:
        gateway = FakeGateway()
        key = await gateway.key()
        async with gateway.client() as client:
            gateway.store.outage = True
            gateway.seconds += 60
            assert (await client.post("/v1/touchpoints", json=event(), headers=bearer(key))).status_code == 202
            assert (await client.post("/v1/touchpoints", json=event(), headers=bearer("wsk_a_b"))).status_code == 401

    run(scenario)


def test_a_key_limits_types_and_rate() -> None:
    async def scenario() -> None:
        gateway = FakeGateway()
        typed = await gateway.key(types=("form_submitted",))
        slow = await gateway.key(rate=2.0)
        async with gateway.client() as client:
            wrong = await client.post("/v1/touchpoints", json=event(1), headers=bearer(typed))
            assert wrong.json()["rejected"][0]["pointer"] == "/type"
            many = [event(number) for number in range(10, 20)]
            assert (await client.post("/v1/touchpoints", json=many, headers=bearer(slow))).status_code == 202
            limited = await client.post("/v1/touchpoints", json=event(30), headers=bearer(slow))
            assert (limited.status_code, limited.headers["retry-after"]) == (429, "4")
            gateway.seconds += 4
            assert (await client.post("/v1/touchpoints", json=event(30), headers=bearer(slow))).status_code == 202

    run(scenario)


def test_limits_of_a_request() -> None:
    async def endless() -> AsyncIterator[bytes]:
        for _ in range(BODY_BYTES // 1000 + 2):
            yield b" " * 1000

    async def scenario() -> None:
        gateway = FakeGateway()
        key = await gateway.key(rate=1e6)
        bomb = gzip.compress(b" " * (BODY_BYTES + 1))
        async with gateway.client() as client:

            async def post(body, **headers: str) -> tuple[int, str]:
                answer = await client.post("/v1/touchpoints", content=body, headers=bearer(key) | headers)
                return answer.status_code, answer.json().get("code", "")

            assert await post(b"[" + b"1," * 500 + b"1]") == (413, "too_many")
            assert await post(b"{}" + b"\n" * 500_000 + b"{}") == (413, "too_many")
            assert await post(b"x" * (BODY_BYTES + 1)) == (413, "too_large")
            assert await post(endless()) == (413, "too_large")
            assert await post(b"{}", **{"Content-Length": "9" * 30}) == (413, "too_large")
            assert await post(bomb, **{"Content-Encoding": "gzip"}) == (413, "too_large")
            assert await post(b"{}", **{"Content-Encoding": "br"}) == (415, "unsupported_encoding")
            assert await post(b"nonsense", **{"Content-Encoding": "gzip"}) == (400, "bad_gzip")
            assert await post(gzip.compress(b"{}")[:-4], **{"Content-Encoding": "gzip"}) == (400, "bad_gzip")

    run(scenario)


def test_gzip_of_several_members_is_unpacked() -> None:
    async def scenario() -> None:
        gateway = FakeGateway()
        key = await gateway.key()
        text = json.dumps(event()).encode()
        body = gzip.compress(text[:20]) + gzip.compress(text[20:])
        async with gateway.client() as client:
            answer = await client.post(
                "/v1/touchpoints", content=body, headers=bearer(key) | {"Content-Encoding": "gzip"}
            )
        assert answer.json()["accepted"] == 1

    run(scenario)


def test_events_go_on_as_they_came_unless_the_key_says_another_source() -> None:
    async def scenario() -> None:
        gateway = FakeGateway()
        key = await gateway.key()
        bound = await gateway.key(source="crm")
        text = b'{ "event_id":"e1",  "type":"page_viewed","source":"website","occurred_at":"2026-11-21T09:59:00+08:00",'
        text += b'"subject":{"ids":[{"kind":"phone","value":"138-0013-8000"}]},"data":{"url":"https://a.example/"} }'
        async with gateway.client() as client:
            await client.post("/v1/touchpoints", content=text, headers=bearer(key))
            await client.post("/v1/touchpoints", content=text.replace(b"e1", b"e2"), headers=bearer(bound))
            await client.post(
                "/v1/touchpoints", content=text.replace(b"e1", b"e3") + b" " * 70_000, headers=bearer(key)
            )
        first, second, _ = gateway.producer.records["touchpoints"]
        assert first.value == text
        assert first.headers == (("content-type", b"application/json"),)
        assert orjson.loads(second.value) == {**orjson.loads(text), "event_id": "e2", "source": "crm"}

    run(scenario)


def test_what_nobody_foresaw_is_503_and_logged(monkeypatch: pytest.MonkeyPatch, caplog) -> None:
    async def explode(*_: object) -> None:
        raise RuntimeError("13800138000")

    async def scenario() -> None:
        gateway = FakeGateway()
        key = await gateway.key()
        monkeypatch.setattr(Intake, "submit", explode)
        async with gateway.client() as client:
            answer = await client.post("/v1/touchpoints", json=event(), headers=bearer(key))
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
        assert "138" not in answer.text

    run(scenario)
    assert any(record.exc_info for record in caplog.records)
