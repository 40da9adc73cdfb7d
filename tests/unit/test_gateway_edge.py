"""What surrounds ingestion: CORS, headers, the snippet, the description, health, metrics."""

import asyncio

import httpx
import pytest

from tests.gateway import FakeGateway, bearer, event

SHOP = "https://shop.example"
BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
EVIL = "https://evil.example"
PREFLIGHT = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "content-type"}


def run(scenario) -> None:
    asyncio.run(scenario())


def test_a_web_page_may_send_only_from_the_origins_of_its_key() -> None:
    async def scenario() -> None:
        gateway = FakeGateway()
        key = await gateway.key(public=True, origins=(SHOP,))
        async with gateway.client() as client:

            async def post(origin: str, text: str = key) -> httpx.Response:
                return await client.post(f"/v1/beacon?key={text}", json=event(), headers={"Origin": origin})

            good, evil = await post(SHOP), await post(EVIL)
            assert good.headers["access-control-allow-origin"] == SHOP
            assert good.headers["access-control-expose-headers"] == "Retry-After"
            assert (good.status_code, evil.status_code) == (202, 403)
            assert "access-control-allow-origin" not in evil.headers
            gateway.producer.outage = True
            away = await client.post(f"/v1/beacon?key={key}", json=event(2), headers={"Origin": SHOP})
            assert (away.status_code, away.headers["access-control-allow-origin"]) == (503, SHOP)

    run(scenario)


def test_preflight() -> None:
    async def scenario() -> None:
        gateway = FakeGateway()
        key = await gateway.key(public=True, origins=(SHOP,))
        other = await gateway.key(public=True, origins=("*",))
        async with gateway.client() as client:

            async def ask(path: str, origin: str) -> int:
                answer = await client.options(path, headers=PREFLIGHT | {"Origin": origin})
                allowed = answer.headers.get("access-control-allow-origin") == origin
                assert allowed == (answer.status_code == 204)
                return answer.status_code

            assert await ask(f"/v1/beacon?key={key}", SHOP) == 204
            assert await ask(f"/v1/beacon?key={key}", EVIL) == 403
            assert await ask(f"/v1/beacon?key={other}", EVIL) == 204
            assert await ask("/v1/touchpoints", SHOP) == 204
            refused = await client.options("/v1/touchpoints?key=wpk_x", headers=PREFLIGHT | {"Origin": "null"})
            plain = await client.options("/v1/touchpoints")
        assert (plain.status_code, plain.headers["allow"]) == (204, "OPTIONS, POST")
        assert refused.status_code == 204  # a key for any origin is among them

    run(scenario)


def test_a_preflight_for_a_key_made_a_moment_ago_finds_it_and_a_refusal_says_what_to_do() -> None:
    async def scenario() -> None:
        gateway = FakeGateway()
        async with gateway.client() as client:
            gateway.seconds = 10.0
            refused = await client.options("/v1/touchpoints", headers=PREFLIGHT | {"Origin": SHOP})
            assert (refused.status_code, refused.json()["code"]) == (403, "bad_origin")
            assert "--origin" in refused.json()["message"]
            await gateway.key(public=True, origins=(SHOP,))
            gateway.seconds = 20.0
            found = await client.options("/v1/touchpoints", headers=PREFLIGHT | {"Origin": SHOP})
            assert (found.status_code, found.headers["access-control-allow-origin"]) == (204, SHOP)

    run(scenario)


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/w.js", "/docs"])
def test_whoever_watches_with_head_gets_the_status_of_get(path: str) -> None:
    async def scenario() -> None:
        gateway = FakeGateway()
        async with gateway.client() as client:
            got, headed = await client.get(path), await client.head(path)
        assert headed.status_code == got.status_code == 200
        assert headed.headers["content-type"] == got.headers["content-type"]

    run(scenario)


def test_every_answer_carries_the_security_headers() -> None:
    async def scenario() -> None:
        gateway = FakeGateway()
        async with gateway.client() as client:
            for path in ("/healthz", "/live", "/docs", "/w.js", "/nowhere", "/v1/alerts/stream"):
                headers = (await client.get(path)).headers
                assert headers["x-content-type-options"] == "nosniff"
                assert headers["x-frame-options"] == "DENY"
                assert "default-src 'none'" in headers["content-security-policy"]
                assert "unsafe-eval" not in headers["content-security-policy"]

    run(scenario)


def test_unknown_paths_and_methods_are_problems() -> None:
    async def scenario() -> None:
        gateway = FakeGateway()
        async with gateway.client() as client:
            missing, wrong = await client.get("/nowhere"), await client.get("/v1/touchpoints")
        assert (missing.status_code, missing.json()["code"]) == (404, "not_found")
        assert (wrong.status_code, wrong.json()["code"], wrong.headers["allow"]) == (405, "bad_method", "POST")
        assert missing.headers["content-type"] == "application/problem+json"

    run(scenario)


@pytest.mark.parametrize(("method", "path", "status"), [("GET", "/nowhere", 404), ("GET", "/live/signout", 405)])
def test_people_who_mistype_an_address_get_a_page(method: str, path: str, status: int) -> None:
    async def scenario() -> None:
        async with FakeGateway().client() as client:
            answer = await client.request(method, path, headers=BROWSER)
            other = await client.request(method, "/v1" + path, headers=BROWSER)
        assert (answer.status_code, answer.headers["content-type"]) == (status, "text/html; charset=utf-8")
        assert "没有这个页面" in answer.text
        assert "no such page" in answer.text
        assert other.headers["content-type"] == "application/problem+json"

    run(scenario)


def test_who_gives_the_host_alone_comes_to_the_live_page() -> None:
    async def scenario() -> None:
        async with FakeGateway().client() as client:
            answer = await client.get("/", headers=BROWSER)
        assert (answer.status_code, answer.headers["location"]) == (303, "/live")

    run(scenario)


def test_the_snippet_is_cached_by_its_version() -> None:
    async def scenario() -> None:
        gateway = FakeGateway()
        async with gateway.client() as client:
            first = await client.get("/w.js")
            again = await client.get("/w.js", headers={"If-None-Match": first.headers["etag"]})
        assert first.headers["content-type"].startswith("text/javascript")
        assert "max-age" in first.headers["cache-control"]
        assert (first.status_code, again.status_code, again.content) == (200, 304, b"")

    run(scenario)


def test_the_description_names_every_public_route() -> None:
    async def scenario() -> None:
        gateway = FakeGateway()
        async with gateway.client() as client:
            document = (await client.get("/openapi.json")).json()
            page = (await client.get("/docs")).text
            assert (await client.get("/docs/assets/swagger-ui-bundle.js")).status_code == 200
        assert document["openapi"].startswith("3.0.")
        public = {"/v1/touchpoints", "/v1/beacon", "/w.js", "/c/{token}", "/healthz", "/readyz", "/metrics"}
        assert public <= document["paths"].keys()
        assert set(document["paths"]["/v1/touchpoints"]["post"]["responses"]) >= {"202", "400", "401", "413", "429"}
        assert "422" not in str(document["paths"])
        assert document["components"]["securitySchemes"]["apiKey"]["scheme"] == "bearer"
        assert "https://" not in page

    run(scenario)


def test_health_and_metrics() -> None:
    async def scenario() -> None:
        gateway = FakeGateway()
        key = await gateway.key(source="health-test")
        async with gateway.client() as client:
            assert (await client.get("/healthz")).status_code == 200
            ready = await client.get("/readyz")
            assert (ready.status_code, ready.json()["checks"]) == (200, {"kafka": "ok", "keys": "ok"})
            await client.post("/v1/touchpoints", json=[event(1), event(1), {}], headers=bearer(key))
            text = (await client.get("/metrics")).text
        for outcome in ("accepted", "duplicate", "rejected"):
            assert f'whetstone_gateway_touchpoints_total{{outcome="{outcome}",source="health-test"}} 1.0' in text

    run(scenario)


def test_a_missing_topic_is_not_made_but_named() -> None:
    async def scenario() -> None:
        gateway = FakeGateway()
        gateway.producer.partitions = {"touchpoints": 8}
        async with gateway.client() as client:
            ready = await client.get("/readyz")
        assert ready.json()["checks"]["kafka"] == "has no topic rejected"

    run(scenario)
