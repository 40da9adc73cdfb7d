"""Leads as a table for whoever is signed in: a salesperson's own, a manager's regions, and nobody else's."""

from typing import Annotated, Literal

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.background import BackgroundTask
from starlette.responses import FileResponse, Response

from schemas.lead_query import Bound, Condition, LeadQuery, Operator, Sight, sight_of
from streams.exporting.conditions import BadCondition, bound_of, condition_of
from streams.exporting.job import ExportJob
from streams.exporting.tables import FIELDS, SHOWN_WHOLE, Language
from streams.gateway.context import context, signed_in
from streams.gateway.exports import MOST_LEADS, file_in
from streams.gateway.openapi import EXPORT_DOC
from streams.gateway.problems import Problem

router = APIRouter(tags=["live page"])

KINDS = {"xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "csv": "text/csv; charset=utf-8"}
Text = Annotated[str, Field(max_length=200)]


class Asked(BaseModel):
    """One condition of an export."""

    model_config = ConfigDict(extra="forbid")
    field: Text
    operator: Operator
    values: list[Text] = Field(default=[], max_length=100)


class Wish(BaseModel):
    """An export: leads of which every condition of `where` holds, and when they were last changed."""

    model_config = ConfigDict(extra="forbid")
    where: list[Asked] = Field(default=[], max_length=10)
    changed_from: Text = ""
    changed_to: Text = ""
    format: Literal["xlsx", "csv"] = "xlsx"
    language: Language = "zh"
    unmasked: bool = False


@router.post("/v1/leads/export", **EXPORT_DOC)
async def export(request: Request, wish: Wish) -> Response:
    """Give the leads of this session that a query finds, as a workbook or CSV."""
    session = signed_in(request)
    sight = sight_of(session.recipients, session.regions)
    if sight is None:
        raise Problem(403, "no_leads", "no leads belong to who is signed in")
    if wish.unmasked and not session.unmasked:
        raise Problem(403, "masked_only", "this sign-in shows contact data in part: ask for one with `--unmasked`")
    job = ExportJob(
        query=query_of(wish, sight), masked=not wish.unmasked, who=session.who, language=wish.language, most=MOST_LEADS
    )
    folder = await context(request).exports.table(job, wish.format)
    name = {"Content-Disposition": f'attachment; filename="leads.{wish.format}"', "Cache-Control": "no-store"}
    path = file_in(folder, wish.format)
    return FileResponse(path, 200, name, KINDS[wish.format], background=BackgroundTask(folder.remove))


def query_of(wish: Wish, sight: Sight) -> LeadQuery:
    """Return what a wish asks for. Raises Problem, also where conditions would tell what a masked table hides."""
    conditions: list[Condition] = []
    bounds: list[Bound] = []
    try:
        for asked in wish.where:
            if asked.field not in FIELDS:
                raise BadCondition(f"{asked.field!r}: no field of a lead")
            if asked.values and not wish.unmasked and asked.field not in SHOWN_WHOLE:
                raise Problem(400, "hidden_field", "a masked table tells of hidden fields only whether they are filled")
            conditions.append(condition_of(asked.field, asked.operator, asked.values, asked.field))
        if wish.changed_from:
            bounds.append(bound_of("updated_at", "from", wish.changed_from, "changed_from"))
        if wish.changed_to:
            bounds.append(bound_of("updated_at", "to", wish.changed_to, "changed_to"))
    except BadCondition as error:
        raise Problem(400, "bad_condition", str(error)) from error
    return LeadQuery(tuple(conditions), tuple(bounds), sight)
