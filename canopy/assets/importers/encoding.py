"""Which encoding a text file is in, found by reading all of its bytes once.

Decided in this order: what the caller says, a byte order mark, UTF-8 if every byte
fits, UTF-8 with some broken bytes when most of the non-ASCII text is sound, else
Windows-1252. The whole file is looked at because council exports are often ASCII for
thousands of rows before the first pound sign or accent.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass
from pathlib import Path

from canopy.assets.importers.base import RowIssue
from canopy.assets.importers.faults import bad_source, over_limit

BLOCK_BYTES = 1 << 20

MAX_LINE_BYTES = 256 * 1024 * 1024
"""Longest line of a file that is read by lines."""

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_ESCAPED = re.compile("[\udc80-\udcff]")
_NOT_ASCII = re.compile(r"[^\x00-\x7f]")
_HEAD_BYTES = 4096
_UTF16_ZERO_SHARE = 0.8


@dataclass(frozen=True, slots=True)
class TextEncoding:
    """How to decode a text file, and what its bytes already tell.

    Broken bytes come out as lone surrogates (`errors` is ``surrogateescape``) or, in the
    two- and four-byte encodings, as U+FFFD; `is_sound` says that there are none.
    `line_count` is an estimate.
    """

    name: str
    errors: str
    is_ascii: bool = False
    is_sound: bool = True
    has_nul: bool = False
    ends_with_newline: bool = True
    line_count: int = 0
    longest_line: int = 0
    notices: tuple[RowIssue, ...] = ()


def text_encoding(path: Path, declared: str | None = None) -> TextEncoding:
    """The encoding of the file at `path`; BadSource when `declared` is no known encoding."""
    with path.open("rb") as stream:
        head = stream.read(_HEAD_BYTES)
    name = _declared(path, declared) or _marked(head) or _unmarked_utf16(head)
    survey = _survey(path)
    notices: tuple[RowIssue, ...] = ()
    if name is None:
        name, notices = _by_content(path, survey)
    wide = name.startswith(("utf-16", "utf-32"))
    sound = not wide and (
        survey.bad == 0 if name.startswith("utf-8") else survey.bad + survey.good == 0
    )
    return TextEncoding(
        name=name,
        errors="replace" if wide else "surrogateescape",
        is_ascii=survey.is_ascii and not wide,
        is_sound=sound,
        has_nul=survey.has_nul and not wide,
        ends_with_newline=survey.ends_with_newline,
        line_count=survey.lines,
        longest_line=survey.longest,
        notices=notices,
    )


def _declared(path: Path, declared: str | None) -> str | None:
    if declared is None:
        return None
    try:
        name = codecs.lookup(declared).name
    except LookupError as error:
        raise bad_source(
            path,
            "unknown-encoding",
            f"cannot be read as {declared!r}: there is no such encoding; "
            "try utf-8, cp1252 or utf-16.",
        ) from error
    return "utf-8-sig" if name == "utf-8" else name


def _marked(head: bytes) -> str | None:
    return next((name for mark, name in _MARKS if head.startswith(mark)), None)


def _unmarked_utf16(head: bytes) -> str | None:
    """UTF-16 without its mark: nearly every second byte of English text is zero."""
    even, odd = head[0::2], head[1::2]
    if len(odd) < 4:
        return None
    if odd.count(0) > _UTF16_ZERO_SHARE * len(odd) and not even.count(0):
        return "utf-16-le"
    if even.count(0) > _UTF16_ZERO_SHARE * len(even) and not odd.count(0):
        return "utf-16-be"
    return None


@dataclass(slots=True)
class _Survey:
    good: int = 0
    bad: int = 0
    lines: int = 0
    longest: int = 0
    is_ascii: bool = True
    has_nul: bool = False
    ends_with_newline: bool = True


def _survey(path: Path) -> _Survey:
    """Count sound and broken non-ASCII UTF-8 characters, and lines."""
    survey = _Survey()
    decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
    returns = 0
    pending = False
    tail = b"\n"
    begun = 0
    with path.open("rb") as stream:
        while block := stream.read(BLOCK_BYTES):
            survey.lines += block.count(b"\n")
            returns += block.count(b"\r")
            survey.has_nul = survey.has_nul or b"\0" in block
            tail = block[-4:]
            begun = _line_lengths(survey, block, begun)
            if block.isascii() and not pending:
                continue
            survey.is_ascii = False
            _count(survey, decoder.decode(block))
            pending = bool(decoder.getstate()[0])
    _count(survey, decoder.decode(b"", True))
    survey.lines = survey.lines or returns
    survey.longest = max(survey.longest, begun)
    survey.ends_with_newline = tail.rstrip(b"\0")[-1:] in (b"\n", b"\r")
    return survey


def _line_lengths(survey: _Survey, block: bytes, begun: int) -> int:
    """Note lines longer than a block; returns the bytes since the last line break."""
    last = max(block.rfind(b"\n"), block.rfind(b"\r"))
    if last < 0:
        return begun + len(block)
    survey.longest = max(survey.longest, begun)
    return len(block) - last - 1


def require_lines(path: Path, encoding: TextEncoding) -> None:
    """LimitExceeded when a line is too long to hold in memory."""
    if encoding.longest_line > MAX_LINE_BYTES:
        raise over_limit(
            path,
            "line-too-long",
            f"has a line of more than {MAX_LINE_BYTES:,} bytes; is it a text file with one row "
            "to a line?",
        )


def _count(survey: _Survey, text: str) -> None:
    bad = len(_ESCAPED.findall(text))
    survey.bad += bad
    survey.good += len(_NOT_ASCII.findall(text)) - bad


def _by_content(path: Path, survey: _Survey) -> tuple[str, tuple[RowIssue, ...]]:
    if survey.bad == 0 or survey.good > survey.bad:
        return "utf-8", ()
    message = (
        f"{path.name} is not UTF-8 and was read as Windows-1252 (cp1252), which Excel in "
        "Western Europe writes; if names look wrong, say which encoding it is in."
    )
    return "cp1252", (RowIssue(None, "not-utf-8", message),)
