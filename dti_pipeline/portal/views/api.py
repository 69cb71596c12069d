"""What programs of agencies and provinces read: JSON, with the rights of the account of their key.

Reading only: whoever declares by program fills in the workbook, which `dti form` and `dti score`
know as well. `_ITEMS` makes the answers and their description in OpenAPI alike; figures and points
are whole millionths.
"""

import re
from collections.abc import Callable
from importlib.metadata import version
from typing import Any, Final

from django.db import models as fields
from django.http import HttpRequest, JsonResponse
from django.urls import path

from dti_pipeline.portal import models
from dti_pipeline.portal.accounts import account_of_key
from dti_pipeline.portal.audit import Actor
from dti_pipeline.portal.middleware import actor_of
from dti_pipeline.portal.rights import BOARD_ROLES, find_dossier, find_round, visible_dossiers
from dti_pipeline.portal.rounds import visible_rounds
from dti_pipeline.portal.views.component import DossierView

_POINTS: Final = ("low", "high", "maximum")
_ITEMS: Final[dict[str, tuple[Any, str]]] = {
    "Round": (
        models.Round,
        "id assessment_id state declare_from declare_until explain_from explain_until",
    ),
    "Dossier": (models.Dossier, "id unit_id unit_name framework_id state state_since"),
    "Supply": (models.Supply, "component_code item supplier asked_on answer note"),
    "answers": (
        models.Answer,
        "component_code variable value_micro status text option is_not_applicable na_reason at",
    ),
    "agency_figures": (
        models.CentralFigure,
        "component_code variable value_micro status source_file source_cell since",
    ),
    "documents": (models.Evidence, "component_code number issued title file_name file_id stage"),
    "decisions": (
        models.Decision,
        "component_code variable stage state value_micro opinion note cause cause_note at",
    ),
    "deliveries": (models.Delivery, "kind path file_id is_current at"),
}


def _rows(name: str, rows: Any) -> list[dict[str, Any]]:
    return list(rows.values(*_ITEMS[name][1].split()))


def _rounds(actor: Actor) -> Any:
    """Rounds that concern the account."""
    return _rows("Round", visible_rounds(actor))


def _dossiers(actor: Actor, round_id: int) -> Any:
    """Dossiers of a round that the account may see."""
    dossiers = visible_dossiers(actor.person)
    return _rows("Dossier", dossiers.filter(round__in=models.Round.objects.filter(pk=round_id)))


def _supplies(actor: Actor, round_id: int) -> Any:
    """Who supplies which figure of a round; for the centre."""
    round_ = find_round(actor, round_id, BOARD_ROLES)
    return _rows("Supply", round_.supplies.order_by("pk"))


def _dossier(actor: Actor, dossier_id: int) -> Any:
    """Figures, documents, points, deliveries, what the account may do; decisions once told."""
    dossier = find_dossier(actor.person, pk=dossier_id)
    view = DossierView(actor, dossier)
    parts = {
        "answers": dossier.answers,
        "agency_figures": dossier.round.central.filter(unit_id=dossier.unit_id),
        "documents": dossier.evidence.filter(withdrawn_at=None),
        "decisions": view.decisions,
        "deliveries": dossier.sent,
    }
    return {
        "dossier": _rows("Dossier", models.Dossier.objects.filter(pk=dossier.pk))[0],
        "steps": sorted(view.steps),
        **{name: _rows(name, rows.order_by("pk")) for name, rows in parts.items()},
        "points": [
            {"component_code": c.code, **{name: getattr(c, name) for name in _POINTS}}
            for c in view.outlook.components
        ],
    }


def _ref(name: str) -> dict[str, Any]:
    return {"$ref": f"#/components/schemas/{name}"}


def _list_of(name: str) -> dict[str, Any]:
    return {"type": "array", "items": _ref(name)}


# Address below /api/ → who answers, and the schema of the answer.
_ENDPOINTS: Final[dict[str, tuple[Callable[..., Any], dict[str, Any]]]] = {
    "rounds/": (_rounds, _list_of("Round")),
    "rounds/<int:round_id>/dossiers/": (_dossiers, _list_of("Dossier")),
    "rounds/<int:round_id>/supplies/": (_supplies, _list_of("Supply")),
    "dossiers/<int:dossier_id>/": (_dossier, _ref("Detail")),
}


def _view(read: Callable[..., Any]) -> Callable[..., JsonResponse]:
    def view(request: HttpRequest, **numbers: int) -> JsonResponse:
        if request.method != "GET":
            return JsonResponse({"refused": "GET"}, status=405, headers={"Allow": "GET"})
        actor = actor_of(request)
        scheme, _, key = request.headers.get("Authorization", "").partition(" ")
        if scheme.casefold() == "bearer":
            actor = Actor(account_of_key(key), actor.address)
        if actor.account is None:
            return JsonResponse({"refused": "key"}, status=401)
        return JsonResponse(read(actor, **numbers), safe=False)

    return view


def describe(_: HttpRequest) -> JsonResponse:
    schemas = {
        name: _object(
            {column: _schema(model._meta.get_field(column)) for column in columns.split()}
        )
        for name, (model, columns) in _ITEMS.items()
    }
    whole: dict[str, Any] = {name: {"type": "integer"} for name in _POINTS}
    schemas["points"] = _object({"component_code": {"type": "string"}, **whole})
    parts = {name: _list_of(name) for name in schemas if name.islower()}
    parts |= {"dossier": _ref("Dossier"), "steps": {"type": "array", "items": {"type": "string"}}}
    schemas["Detail"] = _object(parts)
    bearer = {"key": {"type": "http", "scheme": "bearer"}}
    return JsonResponse(
        {
            "openapi": "3.1.0",
            "info": {"title": "DTI collection portal", "version": version("dti-pipeline")},
            "paths": {
                "/api/" + _NUMBER.sub(r"{\1}", address): {"get": _operation(address)}
                for address in _ENDPOINTS
            },
            "security": [{"key": []}],
            "components": {"schemas": schemas, "securitySchemes": bearer},
        }
    )


_NUMBER: Final = re.compile(r"<int:(\w+)>")


def _operation(address: str) -> dict[str, Any]:
    read, schema = _ENDPOINTS[address]
    common = {"in": "path", "required": True, "schema": {"type": "integer"}}
    answer = {"description": "OK", "content": {"application/json": {"schema": schema}}}
    return {
        "operationId": read.__name__.strip("_"),
        "summary": read.__doc__,
        "parameters": [{"name": name, **common} for name in _NUMBER.findall(address)],
        "responses": {
            "200": answer,
            "401": {"description": "no key, or one that has ended"},
            "403": {"description": "not for this account"},
        },
    }


def _object(properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "required": list(properties), "properties": properties}


# The more special kind first.
_KINDS: Final[list[tuple[type, dict[str, Any]]]] = [
    (fields.BooleanField, {"type": "boolean"}),
    (fields.IntegerField, {"type": "integer"}),
    (fields.DateTimeField, {"type": "string", "format": "date-time"}),
    (fields.DateField, {"type": "string", "format": "date"}),
]


def _schema(field: Any) -> dict[str, Any]:
    schema = next((s for kind, s in _KINDS if isinstance(field, kind)), {"type": "string"})
    return {**schema, "type": [schema["type"], "null"]} if field.null else schema


addresses = [path("", describe, name="api")] + [
    path(address, _view(read), name=f"api{read.__name__}")
    for address, (read, _) in _ENDPOINTS.items()
]
