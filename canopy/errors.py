"""What can go wrong, as one small family that the CLI and the API both render.

Each kind has a stable name, which is also its page in the documentation
(``docs/reference/problems.md#<kind>``) and the tail of its RFC 9457 ``type`` URL::

    CanopyError
    ├── Refused                    the request was understood and will not be done
    │   ├── BadSource              a file cannot be read as what it claims to be
    │   ├── BadMapping             a mapping file is wrong, or does not fit the source
    │   ├── ImportRefused          rows were rejected and the import is all-or-nothing
    │   ├── OutOfArea              coordinates lie outside the deployment's area
    │   ├── UnknownCrs             no coordinate reference system could be established
    │   ├── BadFilter              a filter names no visible field, or cannot be read
    │   ├── BadAttribute           an attribute breaks its kind's rules
    │   ├── BadTerms               terms of an agreement break a rule, named with the field
    │   ├── BadRules               rules of suitability break a rule, named with the field
    │   └── StaleVersion           the record changed since it was read
    ├── NotFound                   no such thing, or none that this principal may see
    ├── NotAllowed                 the principal's role does not reach that far
    ├── LimitExceeded              a stated limit on size, count or time was passed
    ├── ExternalChangeInvalid      another program wrote something Canopy cannot accept
    ├── NotReadyYet            what was asked for is being prepared
    └── StorageUnavailable         the database cannot be used: why, and the way out
"""

from __future__ import annotations

from typing import ClassVar

PROBLEM_BASE_URL = "https://canopy-councils.github.io/canopy/reference/problems/#"


class CanopyError(Exception):
    """An expected failure: `detail` names the thing and the way out.

    Extra keyword arguments become members of the problem document, so they hold
    only what the reader of the message may see.
    """

    kind: ClassVar[str] = "error"
    status: ClassVar[int] = 500
    title: ClassVar[str] = "Something failed"

    def __init__(self, detail: str, **members: object) -> None:
        super().__init__(detail)
        self.detail = detail
        self.members = members

    @property
    def type_url(self) -> str:
        return PROBLEM_BASE_URL + self.kind

    def problem(self) -> dict[str, object]:
        """The RFC 9457 problem document as a dict."""
        return {
            "type": self.type_url,
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
            **self.members,
        }


class Refused(CanopyError):
    kind, status, title = "refused", 422, "The request cannot be carried out"


class BadSource(Refused):
    kind, status, title = "bad-source", 422, "The file cannot be read"


class BadMapping(Refused):
    kind, status, title = "bad-mapping", 422, "The mapping does not fit"


class ImportRefused(Refused):
    kind, status, title = "import-refused", 422, "The import was refused and nothing was written"


class OutOfArea(Refused):
    kind, status, title = "out-of-area", 422, "Coordinates lie outside the deployment's area"


class UnknownCrs(Refused):
    kind, status, title = "unknown-crs", 422, "The coordinate reference system is not known"


class BadFilter(Refused):
    kind, status, title = "bad-filter", 400, "The filter cannot be used"


class BadAttribute(Refused):
    kind, status, title = "bad-attribute", 422, "An attribute breaks its kind's rules"


class BadTerms(Refused, ValueError):
    """Also a ValueError, so that validation can gather several before it refuses."""

    kind, status, title = "bad-terms", 422, "The terms cannot be used"


class BadRules(Refused, ValueError):
    """Also a ValueError, so that validation can gather several before it refuses."""

    kind, status, title = "bad-rules", 422, "The rules cannot be used"


class StaleVersion(Refused):
    kind, status, title = "stale-version", 412, "The record changed since it was read"


class NotFound(CanopyError):
    kind, status, title = "not-found", 404, "There is no such thing"


class NotAllowed(CanopyError):
    kind, status, title = "not-allowed", 403, "Your role does not allow this"


class LimitExceeded(CanopyError):
    kind, status, title = "limit-exceeded", 413, "A limit was passed"


class ExternalChangeInvalid(CanopyError):
    kind, status, title = "external-change-invalid", 409, "Another program wrote an invalid change"


class NotReadyYet(CanopyError):
    kind, status, title = "not-ready-yet", 503, "This is being prepared"


class ClusterUnavailable(CanopyError):
    kind, status, title = "cluster-unavailable", 503, "The cluster cannot be used"


class StorageUnavailable(CanopyError):
    kind, status, title = "storage-unavailable", 503, "The database cannot be used"
