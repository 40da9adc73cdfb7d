"""The routes that take touchpoints: `/v1/touchpoints` for systems, `/v1/beacon` for web pages."""

from typing import Any

import orjson
from fastapi import APIRouter, Request
from starlette.responses import Response

from sinks.api_keys import ApiKey
from streams.gateway.body import read_body
from streams.gateway.context import context
from streams.gateway.cors import check_origin, cors_headers, preflight
from streams.gateway.items import split
from streams.gateway.openapi import BEACON_DOC, TOUCHPOINTS_DOC
from streams.gateway.problems import Problem

router = APIRouter(tags=["touchpoints"])


@router.post("/v1/touchpoints", status_code=202, **TOUCHPOINTS_DOC)
async def touchpoints(request: Request) -> Response:
    """Take one event, an array of events, or NDJSON; answer once Kafka holds the accepted ones."""
    scheme, _, text = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not text.strip():
        raise Problem(401, "no_key", "send your API key as `Authorization: Bearer KEY`")
    return await _take(request, text.strip())


@router.post("/v1/beacon", status_code=202, **BEACON_DOC)
async def beacon(request: Request) -> Response:
    """Take the same from `navigator.sendBeacon`: text/plain, with a public key in the query."""
    text = request.query_params.get("key", "")
    if text.startswith("wsk_"):
        raise Problem(401, "secret_key", "a secret key was sent in an address: revoke it, and use a public key here")
    return await _take(request, text)


@router.options("/v1/touchpoints", include_in_schema=False)
@router.options("/v1/beacon", include_in_schema=False)
async def options(request: Request) -> Response:
    """Answer a browser's preflight from the origins of the keys."""
    return await preflight(request, context(request).keys)


async def _take(request: Request, text: str) -> Response:
    ring = context(request).keys
    key: ApiKey | None = None
    try:
        key = await ring.find(text)
        check_origin(request, ring, key)
        ring.spend(key, 0)
        answer = await _submit(request, key)
    except Problem as problem:
        return problem.response(cors_headers(request, ring, key))
    return Response(orjson.dumps(answer), 202, cors_headers(request, ring, key), "application/json")


async def _submit(request: Request, key: ApiKey) -> dict[str, Any]:
    """Read, judge and produce. Raises Problem; 400 when nothing in the body was JSON (it is in `rejected` then)."""
    here = context(request)
    items = split(await read_body(request), request.headers.get("content-type", "").lower())
    here.keys.spend(key, len(items))
    receipt = await here.intake.submit(items, key)
    if all(refusal.reason == "not_json" for _, refusal, _ in receipt.rejected) and len(receipt.rejected) == len(items):
        raise Problem(400, "not_json", "nothing in the body is JSON in UTF-8: send an object, an array, or NDJSON")
    return receipt.as_json()
