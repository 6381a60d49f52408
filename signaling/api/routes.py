"""Every route of the API, with what it takes, gives and refuses: the table routes and OpenAPI are made from."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from aiohttp import web

from signaling.api import (
    administration,
    binding,
    captures,
    cases,
    cases_shapes,
    catalogue,
    devices,
    documents,
    earlier,
    filling,
    floor,
    hand_over,
    history,
    matters,
    mirrors,
    papers,
    people,
    planning,
    planning_shapes,
    quality,
    recordings,
    recordings_shapes,
    remarks,
    report_shapes,
    reports,
    shapes,
    tickets,
    wall,
)
from signaling.api.back import BACK
from signaling.api.document_shapes import DocumentShape, DocumentShapes, SealShape
from signaling.api.filling_shapes import FormShapes, SigningShape
from signaling.api.openapi import document
from signaling.api.problems import add_headers, problems
from signaling.auth import check_origin
from signaling.errors import Malformed
from signaling.scanning import CodeSeen
from signaling.signing.given import Given
from signaling.wall import WallNow

Answer = Callable[[web.Request], Awaitable[Any]]


@dataclass(frozen=True, slots=True)
class Route:
    """One operation. `gives`: the type of its JSON; None: it answers without any."""

    method: str
    path: str
    answer: Answer
    who: str
    summary: str
    takes: type[object] | None = None
    gives: type[object] | None = None
    query: tuple[tuple[str, str], ...] = ()
    headers: tuple[tuple[str, str], ...] = ()
    content: str = ""
    """Media type of what it takes or gives, where that is not JSON."""
    refuses: tuple[int, ...] = ()


_REPORT: Final = (
    ("from", "first local date"),
    ("to", "last local date"),
    ("step", "half_hour (of the day), day, week, month, or nothing"),
    ("by", "queue, item, point, agent, call, or nothing"),
    ("queue", "only this one"),
    ("item", "only this one"),
    ("point", "only this one"),
    ("agent", "only this one; a helper's own always"),
)
_UPLOAD: Final = (
    ("Upload-Offset", "where this part begins"),
    ("Upload-Length", "bytes of the whole"),
    ("Upload-Complete", "?1 with the last part"),
    ("Repr-Digest", "sha-256=:…: of the whole, with the last part"),
)

ROUTES: Final = (
    Route("POST", "/api/staff/session", people.sign_in, "anyone", "Sign in as staff; sets the cookie vw_staff",
          takes=people.SignInBody, refuses=(400, 401, 429)),
    Route("DELETE", "/api/staff/session", people.sign_out, "staff", "Sign out", refuses=(401,)),
    Route("GET", "/api/staff/me", people.staff_me, "staff", "Who is signed in", gives=shapes.StaffMe, refuses=(401,)),
    Route("POST", "/api/booth/session", people.open_booth, "anyone",
          "Show a booth's credential; sets the cookie vw_booth", takes=people.BoothBody, refuses=(400, 401, 429)),
    Route("GET", "/api/booth/me", people.booth_me, "booth", "Which booth this is", gives=shapes.BoothMe,
          refuses=(401,)),
    Route("GET", "/api/calls/{call_id}/case", cases.case_of_call, "booth, its agents and supervisors",
          "The case a call belongs to, and the call's receipt", gives=cases_shapes.CaseOfCall, refuses=(401, 404)),
    Route("GET", "/api/calls/{call_id}/earlier", earlier.earlier, "booth and the agent who leads the call",
          "Whether the citizen shows their earlier visits in this call; to the agent then also which",
          gives=earlier.EarlierShape, refuses=(401, 404)),
    Route("GET", "/api/receipts/{receipt_id}/content", cases.receipt_content, "booth, its agents and supervisors",
          "A receipt as it is printed", content="application/pdf", refuses=(401, 404, 503)),
    Route("GET", "/api/receipts/{receipt_id}/code", cases.receipt_code, "booth, its agents and supervisors",
          "A receipt's QR code", content="image/svg+xml", refuses=(401, 404)),
    Route("POST", "/api/progress", cases.progress, "booth", "Where the case of a receipt stands",
          takes=cases.ProgressBody, gives=cases_shapes.CaseShape, refuses=(400, 401, 404, 429)),
    Route("GET", "/api/hand-over", hand_over.hand_over, "supervisors", "Packages that wait, fail and left",
          gives=hand_over.HandOver, query=(("open", "1: only those that wait or fail"),), refuses=(401, 403)),
    Route("POST", "/api/hand-over/{package_id}/retry", hand_over.retry_package, "supervisors",
          "Try a package at once", refuses=(401, 403, 404)),
    Route("GET", "/api/matters", matters.list_matters, "staff", "Matters: a helper's own, a supervisor's all",
          gives=matters.MatterList, refuses=(401,),
          query=(("state", "open (default), all, or a state"), ("mine", "1: a supervisor's own only"), ("q", "words"))),
    Route("POST", "/api/matters", matters.open_matter, "staff", "Make a matter of a call",
          takes=matters.MatterBody, gives=matters.MatterWhole, refuses=(400, 401, 404)),
    Route("GET", "/api/matters/{matter_id}", matters.show_matter, "its owner, supervisors", "A matter with its steps",
          gives=matters.MatterWhole, refuses=(401, 404)),
    Route("POST", "/api/matters/{matter_id}/steps", matters.step_matter, "its owner, supervisors",
          "Take a step of a matter", takes=matters.MatterStepBody, gives=matters.MatterWhole,
          refuses=(400, 401, 403, 404, 409)),
    Route("GET", "/api/quality", quality.show_quality, "staff", "How helpers work: one's own; supervisors see all",
          gives=quality.QualityShape, query=(("days", "1–366, default 30"),), refuses=(400, 401)),
    Route("GET", "/api/quality/{agent_id}", quality.person_quality, "the helper, supervisors",
          "A helper's latest ratings and reviews", gives=quality.PersonWhole,
          query=(("days", "1–366, default 30"),), refuses=(400, 401, 404)),
    Route("POST", "/api/reviews", quality.review_call, "supervisors", "Review a call",
          takes=quality.ReviewBody, gives=quality.ReviewShape, refuses=(400, 401, 403, 404, 409)),
    Route("PUT", "/api/reviews/{call_id}", quality.correct_review, "supervisors",
          "Put a review right; what it said before stays with it", takes=quality.CorrectionBody,
          gives=quality.ReviewShape, refuses=(400, 401, 403, 404)),
    Route("POST", "/api/back-office/cases/{number}/steps", cases.back_office_step, "back office",
          "Tell a step of a case (Authorization: Bearer, the setting back_office.token)",
          takes=cases.StepBody, gives=cases_shapes.CaseShape, refuses=(400, 401, 404, 409)),
    Route("GET", "/api/items", catalogue.items, "booth, staff", "The service items with their checklists",
          gives=shapes.Items, query=(("q", "Chinese, pinyin, initials or English"),), refuses=(401,)),
    Route("GET", "/api/search", catalogue.search, "staff", "Service items and policy texts as one types",
          gives=shapes.Found, query=(("q", "Chinese, pinyin, initials or English"),), refuses=(401,)),
    Route("GET", "/api/phrases", catalogue.phrases, "staff", "Sentences ready to be written to a citizen",
          gives=shapes.Phrases, refuses=(401,)),
    Route("GET", "/api/calls", history.calls, "staff", "The history: an agent's own calls, a supervisor's all",
          gives=shapes.Calls, refuses=(400, 401, 404),
          query=(("before", "call_id the page ends before"), ("limit", "1–200, default 50"),
                 ("q", "words: ticket, item, point, agent"), ("mine", "1: a supervisor's own calls only"))),
    Route("GET", "/api/calls/{call_id}", history.call, "its agents, supervisors", "The whole record of a call",
          gives=shapes.Record, refuses=(401, 404)),
    Route("POST", "/api/calls/{call_id}/papers/{paper_id}/document", binding.bind_paper, "staff in the call",
          "Bind the stored pages of a paper into one document", gives=DocumentShape,
          query=(("name", "what the document is called"),), refuses=(400, 401, 404, 409, 413, 429)),
    Route("GET", "/api/calls/{call_id}/devices", devices.of_call, "its agents, supervisors",
          "The leases of the booth's devices, and what was done with them", gives=devices.CallDevices,
          refuses=(401, 404)),
    Route("GET", "/api/calls/{call_id}/recording", recordings.summary, "its agents, supervisors",
          "What there is of a call's recording", gives=recordings_shapes.RecordingShape, refuses=(401, 404)),
    Route("POST", "/api/calls/{call_id}/recording/viewings", recordings.open_viewing,
          "supervisors; its agents where the settings say so", "Begin to watch a recording, giving a reason",
          takes=recordings_shapes.ViewingBody, gives=recordings_shapes.ViewingShape, refuses=(400, 401, 403, 404)),
    Route("GET", "/api/calls/{call_id}/remarks", remarks.remarks, "its agents, supervisors",
          "What supervisors remarked on moments of a call", gives=remarks.RemarkShapes, refuses=(401, 404)),
    Route("POST", "/api/calls/{call_id}/remarks", remarks.make, "supervisors", "Remark on a moment of a call",
          takes=remarks.RemarkBody, gives=remarks.RemarkShape, refuses=(400, 401, 403, 404, 409)),
    Route("DELETE", "/api/remarks/{remark_id}", remarks.take_back, "who made it", "Take a remark back",
          refuses=(401, 403, 404)),
    Route("GET", "/api/viewings/{viewing_id}", recordings.viewing, "who opened it",
          "The segments and files of a recording", gives=recordings_shapes.RecordingView,
          query=(("after", "id of a segment: only those told after it"),), refuses=(400, 401, 404)),
    Route("GET", "/api/viewings/{viewing_id}/segments/{segment}", recordings.segment, "who opened it",
          "The content of a segment", content="video/webm, video/x-matroska", refuses=(400, 401, 404, 503)),
    Route("POST", "/api/viewings/{viewing_id}/exports", recordings.make_export, "who opened it",
          "Have one file made of the recording", takes=recordings_shapes.ExportBody,
          gives=recordings_shapes.ExportShapes, refuses=(400, 401, 404)),
    Route("GET", "/api/viewings/{viewing_id}/exports/{export_id}/content", recordings.export, "who opened it",
          "The content of a finished file", content="video/x-matroska", refuses=(401, 404, 503)),
    Route("POST", "/api/wall/session", wall.open_wall, "anyone",
          "Show the credential of the hall's displays; sets the cookie vw_wall", takes=people.BoothBody,
          refuses=(400, 401, 429)),
    Route("GET", "/api/wall", wall.show, "an enrolled display, supervisors", "What the hall's display shows",
          gives=WallNow, refuses=(401, 403)),
    Route("GET", "/api/floor", floor.names, "supervisors", "The names of people, queues, items and places",
          gives=floor.FloorNames, refuses=(401, 403)),
    Route("GET", "/api/reports", reports.report, "staff", "Figures: a helper's own, a supervisor's all",
          gives=report_shapes.ReportShape, query=_REPORT, refuses=(400, 401, 403, 429)),
    Route("GET", "/api/admin/district", administration.district, "supervisors", "The district as its files hold it",
          gives=administration.DistrictShape, refuses=(401, 403)),
    Route("POST", "/api/admin/district/changes", administration.change_district, "supervisors",
          "Change, add or remove entries, starting from a version", takes=administration.ChangesBody,
          gives=administration.NewVersion, refuses=(400, 401, 403, 404, 409)),
    Route("POST", "/api/admin/district/restore", administration.restore_district, "supervisors",
          "Go back to an earlier version", takes=administration.RestoreBody, gives=administration.NewVersion,
          refuses=(400, 401, 403, 404, 409)),
    Route("GET", "/api/admin/district/versions", administration.versions, "supervisors", "Who changed what, and when",
          gives=administration.Versions, query=(("before", "the version the page ends before"),),
          refuses=(400, 401, 403)),
    Route("GET", "/api/admin/district/files", administration.export_district, "supervisors", "The district's files",
          content=administration.ZIP, refuses=(401, 403)),
    Route("PUT", "/api/admin/district/files", administration.import_district, "supervisors",
          "Take the files of a zip for the district", gives=administration.NewVersion, content=administration.ZIP,
          query=(("version", "the version these files follow"),), refuses=(400, 401, 403, 409, 413)),
    Route("GET", "/api/admin/machinery", administration.machinery, "supervisors", "How booths and accounts are",
          gives=administration.Machinery, refuses=(401, 403)),
    Route("POST", "/api/admin/booths/{booth_id}/enrolment", administration.enrol, "supervisors",
          "Make a booth's new credential; older ones end", gives=administration.Enrolment,
          refuses=(401, 403, 404, 409)),
    Route("DELETE", "/api/admin/booths/{booth_id}/enrolment", administration.revoke, "supervisors",
          "Take a booth's credentials and sign-ins back", refuses=(401, 403, 404, 409)),
    Route("POST", "/api/admin/booths/{booth_id}/restart", administration.restart, "supervisors",
          "Have a booth's page load itself anew", refuses=(401, 403, 404, 409)),
    Route("POST", "/api/admin/booths/{booth_id}/mirrors", mirrors.open_mirror, "supervisors",
          "Look at a booth's page, giving a reason; the booth says so, a citizen there is asked",
          takes=mirrors.MirrorBody, gives=mirrors.MirrorShape, refuses=(400, 401, 403, 404, 409)),
    Route("GET", "/api/admin/mirrors/{mirror_id}", mirrors.show_mirror, "who opened it", "What the page shows now",
          gives=mirrors.MirrorShape, query=(("seen", "`at` of the page that is known already"),),
          refuses=(401, 403, 404)),
    Route("DELETE", "/api/admin/mirrors/{mirror_id}", mirrors.close_mirror, "who opened it", "End the look",
          refuses=(401, 403, 404)),
    Route("POST", "/api/admin/agents/{agent_id}/password", administration.set_password, "supervisors",
          "Set a first or new password; sign-ins end", takes=administration.PasswordBody,
          refuses=(400, 401, 403, 404, 409)),
    Route("DELETE", "/api/admin/agents/{agent_id}/sessions", administration.sign_out_agent, "supervisors",
          "End all sign-ins of a staff member", refuses=(401, 403, 404, 409)),
    Route("GET", "/api/planning", planning.planning, "supervisors",
          "Loads and staff by half-hours, needs for a goal, and what moving helpers would do",
          gives=planning_shapes.PlanningShape, refuses=(400, 401, 403, 429),
          query=(("from", "first local date"), ("to", "last local date"), ("goal", "share answered in time, 0.8"),
                 ("move", "count:queue:first-last:queue:first-last in half-hours; as often as there are moves"))),
    Route("GET", "/api/reports/choices", reports.choices, "staff", "What a report can be narrowed to",
          gives=report_shapes.Choices, refuses=(401,)),
    Route("GET", "/api/reports/export", reports.export_report, "staff", "The same figures as a file",
          query=(*_REPORT, ("format", "csv or xlsx"), ("columns", "keys of measures, separated by commas")),
          content=f"text/csv, {reports.XLSX}", refuses=(400, 401, 403, 429)),
    Route("HEAD", "/api/captures/{capture_id}/content", captures.standing, "its booth",
          "How much of an upload has arrived", refuses=(401, 404, 409)),
    Route("PATCH", "/api/captures/{capture_id}/content", captures.append, "its booth",
          "Send the next part of an upload", headers=_UPLOAD, content=captures.PARTIAL,
          refuses=(400, 401, 404, 409, 413, 415)),
    Route("GET", "/api/captures/{capture_id}/content", captures.content, "members of the call; staff also later",
          "The untouched bytes of a stored capture", content="image/png, image/jpeg", refuses=(401, 404, 503)),
    Route("GET", "/api/captures/{capture_id}/small", captures.small, "members of the call; staff also later",
          "A small picture of a stored capture, for lists", content="image/png, image/jpeg", refuses=(401, 404, 503)),
    Route("GET", "/api/items/{item_id}/forms", filling.forms_of_item, "booth, staff",
          "What the forms of a service item ask", gives=FormShapes, refuses=(401, 404)),
    Route("POST", "/api/signings/{signing_id}/signature", filling.sign, "its booth",
          "The citizen's signature; answered when the document is sealed", takes=Given, gives=SigningShape,
          refuses=(400, 401, 404, 409, 413, 503)),
    Route("POST", "/api/calls/{call_id}/documents", documents.upload_document, "members of the call",
          "Store a PDF, PNG or JPEG", gives=DocumentShape, query=(("name", "the file's name"),),
          content=", ".join(documents.TAKEN), refuses=(400, 401, 404, 413, 415, 429)),
    Route("GET", "/api/calls/{call_id}/documents", documents.documents_of_call, "members of the call; staff also later",
          "A call's stored documents and the signatures asked for", gives=DocumentShapes, refuses=(401, 404)),
    Route("GET", "/api/documents/{document_id}", documents.about_document, "members of the call; staff also later",
          "What a stored document is", gives=DocumentShape, refuses=(401, 404)),
    Route("GET", "/api/documents/{document_id}/seal", documents.document_seal, "members of the call; staff also later",
          "Whether a document's seal holds, verified now", gives=SealShape, refuses=(401, 404, 503)),
    Route("GET", "/api/documents/{document_id}/pages/{page}/{width}/{column}/{row}", documents.page_tile,
          "members of the call; staff also later", "A square of a page, drawn at a width of 1024, 2048, 4096 or 8192",
          content="image/png, image/jpeg", refuses=(400, 401, 404, 503)),
    Route("GET", "/api/documents/{document_id}/content", documents.document_content,
          "members of the call; staff also later", "The bytes of a stored document, as a download",
          content=", ".join(documents.TAKEN), refuses=(401, 404, 503)),
    Route("DELETE", "/api/documents/{document_id}", documents.remove_document, "who sent it, during the call",
          "Take an upload back", refuses=(401, 403, 404, 409)),
    Route("POST", "/api/ticket-codes", tickets.ticket_code, "booth",
          "Read a ticket's code or a receipt's number from a frame of the booth's camera", content=tickets.FRAME,
          gives=CodeSeen, refuses=(400, 401, 413, 415, 429, 503)),
    Route("GET", "/api/captures/{capture_id}/corrected", papers.corrected, "members of the call; staff also later",
          "The sheet of a capture, straight and evenly lit", content="image/jpeg", refuses=(401, 404, 503)),
    Route("GET", "/api/calls/{call_id}/papers", papers.papers_of_call, "its agents, supervisors",
          "What was read of a call's papers, and what was found about them", gives=papers.Papers, refuses=(401, 404)),
)  # fmt: skip


def install(app: web.Application) -> None:
    """Add the API's routes, its middlewares and the headers of every answer."""
    app.middlewares.append(problems)
    app.middlewares.append(_check_sender)
    app.on_response_prepare.append(add_headers)
    for route in ROUTES:
        app.router.add_route(route.method, route.path, _handler(route))
    _document()  # now: it would hold up a call later
    app.router.add_get("/api/openapi.json", _openapi)
    app.router.add_get("/healthz", _health)


@web.middleware
async def _check_sender(request: web.Request, handler: Callable[..., Any]) -> web.StreamResponse:
    """Refuse what another site's page sends, and text that no database keeps."""
    if request.path.startswith("/api/"):
        if "\0" in request.path or "\0" in request.query_string:
            raise Malformed("an address holds no NUL")
        check_origin(request.headers.get("Origin"), request.host, request.app[BACK].settings.http.origins)
    response: web.StreamResponse = await handler(request)
    return response


def _handler(route: Route) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    async def handle(request: web.Request) -> web.StreamResponse:
        answer = await route.answer(request)
        if isinstance(answer, web.StreamResponse):
            return answer
        return web.json_response(dataclasses.asdict(answer), dumps=_dumps)

    return handle


def _dumps(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


@cache
def _document() -> str:
    """Return the OpenAPI document; written once, by the first server that starts in this process."""
    return json.dumps(document(ROUTES), ensure_ascii=False)


async def _openapi(_request: web.Request) -> web.Response:
    return web.json_response(text=_document())


async def _health(request: web.Request) -> web.Response:
    """Answer 200 when the database answers too, else 503."""
    await request.app[BACK].records.database.ping()
    return web.json_response({"status": "ok"})
