"""Structured logs: short facts in past tense, data in keys, secrets never."""

from __future__ import annotations

import logging
import sys

import structlog

_LEVELS = {"debug": 10, "info": 20, "warning": 30, "error": 40}


def configure_logging(level: str = "info", log_format: str = "auto") -> None:
    """Log to stderr: for people on a terminal, JSON lines elsewhere.

    Libraries that log by themselves are heard from warnings upwards.

    level: ``debug`` to ``error``. log_format: ``auto``, ``console`` or ``json``.
    """
    console = log_format == "console" or (log_format == "auto" and sys.stderr.isatty())
    renderer: structlog.typing.Processor = (
        structlog.dev.ConsoleRenderer() if console else structlog.processors.JSONRenderer()
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(_LEVELS[level]),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
    logging.basicConfig(level=max(_LEVELS[level], logging.WARNING), stream=sys.stderr, force=True)


def logger(name: str) -> structlog.stdlib.BoundLogger:
    """A logger whose every line carries the subject's name."""
    bound: structlog.stdlib.BoundLogger = structlog.get_logger(subject=name)
    return bound
