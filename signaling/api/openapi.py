"""Writes the OpenAPI 3.1 document of the API from its table of routes."""

from __future__ import annotations

import re
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter

from signaling.wire import describe

if TYPE_CHECKING:
    from collections.abc import Iterable

    from signaling.api.routes import Route

PROBLEM: dict[str, Any] = {
    "type": "object",
    "description": "RFC 9457",
    "required": ["type", "title", "status", "code", "detail"],
    "properties": {
        "type": {"type": "string", "format": "uri"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "code": {"type": "string", "description": "stable word to act on"},
        "detail": {"type": "string"},
        "field": {"type": "string", "description": "the input the rule is about"},
    },
}
SECURITY = {"staff": {"type": "apiKey", "in": "cookie", "name": "vw_staff"},
            "booth": {"type": "apiKey", "in": "cookie", "name": "vw_booth"}}  # fmt: skip


def document(routes: Iterable[Route]) -> dict[str, Any]:
    """Return the document."""
    routes = tuple(routes)
    schemas = {"Problem": PROBLEM} | _schemas(routes)
    paths: dict[str, dict[str, Any]] = {}
    for route in routes:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Virtual window", "version": version("virtual-window")},
        "paths": paths,
        "components": {"schemas": schemas, "securitySchemes": SECURITY},
    }


def _schemas(routes: tuple[Route, ...]) -> dict[str, Any]:
    given = {route.gives for route in routes if route.gives is not None}
    made = [(kind.__name__, "serialization", TypeAdapter(kind)) for kind in sorted(given, key=lambda k: k.__name__)]
    _, definitions = TypeAdapter.json_schemas(made, ref_template="#/components/schemas/{model}")  # type: ignore[arg-type]
    taken = {_name(route.takes): _body(route.takes) for route in routes if route.takes is not None}
    return {**definitions.get("$defs", {}), **taken}


def _name(kind: type[object]) -> str:
    return str(getattr(kind, "NAME", kind.__name__))


def _body(kind: type[object]) -> dict[str, Any]:
    fields = describe(kind)
    return {
        "type": "object",
        "required": [field.name for field in fields if field.required],
        "properties": {field.name: {"type": "string", "description": field.rule.words} for field in fields},
    }


def _operation(route: Route) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "operationId": route.answer.__name__ if route.method != "HEAD" else f"{route.answer.__name__}_head",
        "summary": route.summary,
        "description": f"For: {route.who}.",
        "parameters": _parameters(route),
        "security": _security(route.who),
        "responses": {**_success(route), **{str(status): _refusal() for status in route.refuses}},
    }
    if route.takes is not None:
        schema = {"$ref": f"#/components/schemas/{_name(route.takes)}"}
        operation["requestBody"] = {"required": True, "content": {"application/json": {"schema": schema}}}
    elif route.method == "PATCH" or (route.method == "POST" and route.content):
        operation["requestBody"] = {
            "required": True,
            "content": {kind.strip(): {} for kind in route.content.split(",")},
        }
    return operation


def _parameters(route: Route) -> list[dict[str, Any]]:
    text = {"type": "string"}
    in_path = [
        {"name": name, "in": "path", "required": True, "schema": text} for name in re.findall(r"{(\w+)}", route.path)
    ]
    in_query = [{"name": name, "in": "query", "description": words, "schema": text} for name, words in route.query]
    in_head = [{"name": name, "in": "header", "description": words, "schema": text} for name, words in route.headers]
    return in_path + in_query + in_head


def _security(who: str) -> list[dict[str, list[str]]]:
    if who == "anyone":
        return []
    kinds = [kind for kind in SECURITY if kind in who]
    return [{kind: []} for kind in kinds or ["staff"]]


def _success(route: Route) -> dict[str, Any]:
    if route.gives is not None:
        schema = {"$ref": f"#/components/schemas/{route.gives.__name__}"}
        return {"200": {"description": route.summary, "content": {"application/json": {"schema": schema}}}}
    if route.method == "GET":
        return {
            "200": {"description": route.summary, "content": {kind.strip(): {} for kind in route.content.split(",")}}
        }
    return {"204": {"description": "Done"}}


def _refusal() -> dict[str, Any]:
    content = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {"description": "Refused; `code` says why", "content": content}
