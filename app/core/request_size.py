"""How large a request may be: what is typed, and the files that its view takes of this person."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Flask, current_app
from flask import Request as BaseRequest
from flask_login import current_user

from app.core import web
from app.core.settings import max_attached_bytes, max_file_bytes


class Request(BaseRequest):
    """A form is as large as what is typed, and the files that its view takes of this person."""

    @property
    def max_content_length(self) -> int | None:
        """Bytes; None is no limit."""
        typed = super().max_content_length
        if self.mimetype != "multipart/form-data" or typed is None:
            return typed
        return typed + _files_bytes(self.endpoint)

    @max_content_length.setter
    def max_content_length(self, value: int | None) -> None:
        self._max_content_length = value


def init_app(app: Flask) -> None:
    """Every request of ``app`` is as large as its view takes."""
    app.request_class = Request


def takes_loads(view: Callable[..., Any]) -> Callable[..., Any]:
    """Marks a view whose form brings a file as large as ``max_file_mb``, from whoever may use it."""
    view.takes_loads = True  # type: ignore[attr-defined]
    return view


def _files_bytes(endpoint: str | None) -> int:
    """Of nobody, nothing: a form is read before it is known who may send it."""
    if endpoint is None or not current_user.is_authenticated:
        return 0
    view = current_app.view_functions[endpoint]
    if hasattr(view, "takes_loads") and _may(view):
        return max_file_bytes(web.settings())
    return max_attached_bytes(web.settings())


def _may(view: Any) -> bool:
    """The permission of a framework's view, which is a method of its screen."""
    permission = getattr(view, "_permission_name", None) or view.__name__
    return current_app.appbuilder.sm.has_access(  # type: ignore[attr-defined]
        f"can_{permission}", view.__self__.class_permission_name
    )
