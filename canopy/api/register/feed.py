"""The calendar feed of alerts, for programs that know nothing but its address."""

from __future__ import annotations

import hashlib
from datetime import datetime, time
from typing import Annotated, get_args

from fastapi import APIRouter, Query, Request, Response

from canopy.api.deps import DatabaseOf
from canopy.api.register.deps import LeadsOf
from canopy.assets.queries import now_utc
from canopy.concessions.alerts.alert import AlertKind
from canopy.concessions.alerts.feed import calendar
from canopy.concessions.alerts.finding import alerts
from canopy.concessions.register import writing
from canopy.concessions.register.told.feed_keys import require_feed_key
from canopy.log import logger

ICS = "text/calendar; charset=utf-8"
KEPT_S = 900

router = APIRouter()


@router.get(
    "/register/alerts.ics",
    response_class=Response,
    responses={200: {"content": {"text/calendar": {"schema": {"type": "string"}}}}},
)
def alert_feed(
    request: Request,
    database: DatabaseOf,
    leads: LeadsOf,
    key: Annotated[str, Query(max_length=200, description="A key by `POST /register/feed-keys`")],
    kind: Annotated[list[AlertKind] | None, Query(max_length=len(get_args(AlertKind)))] = None,
) -> Response:
    """What must be done about agreements, as an iCalendar file that programs subscribe to."""
    now = now_utc()
    with database.reading() as session:
        name = require_feed_key(session, key, now)
        registered = writing.registered(session, now.date())
    found = [
        each for each in alerts(registered, now.date(), leads) if not kind or each.kind in kind
    ]
    # Stamped with the day: the same alerts are the same bytes until tomorrow.
    text = calendar(found, datetime.combine(now.date(), time(), now.tzinfo)).encode()
    etag = f'"{hashlib.sha256(text).hexdigest()[:32]}"'
    headers = {"ETag": etag, "Cache-Control": f"private, max-age={KEPT_S}"}
    logger("api").info("alert_feed_read", key=name, alerts=len(found))
    if etag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    return Response(text, media_type=ICS, headers=headers)
