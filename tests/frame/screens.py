"""The framework screens that are registered."""

from __future__ import annotations

from flask import Flask

from app.core.framework import RecordScreen


def screens(app: Flask, kind: type = RecordScreen) -> list:
    """Those of ``kind``; never none, so that a test of each of them tests something."""
    found = [view for view in app.appbuilder.baseviews if isinstance(view, kind)]
    assert found, kind
    return found
