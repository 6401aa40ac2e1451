"""What may go wrong, each with a stable code. Messages never carry the caller's text, a path or a trace."""

from __future__ import annotations

from typing import Any


class ApiError(Exception):
    """An answer that is no speech: HTTP status, stable code, sentence, and further JSON members."""

    def __init__(self, status: int, code: str, message: str, **more: Any) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.more = more

    def body(self) -> dict[str, Any]:
        return {"error": self.message, "code": self.code, **self.more}


class EngineError(Exception):
    """An engine cannot start or failed while speaking; the message is for the operator."""
