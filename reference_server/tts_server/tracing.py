"""A span for each request, for OpenTelemetry; off unless TTS_SERVER_TRACES is set and tts-server[traces] is installed.

Where spans go is OpenTelemetry's business: its own OTEL_* variables say. No span carries a text.
"""

from __future__ import annotations

from typing import Any

from flask import Flask, Response, g, request

from tts_server.logs import LOG


def add_to(app: Flask) -> None:
    """Follow every request, as part of the caller's trace where it names one (W3C traceparent)."""
    try:
        from opentelemetry import propagate, trace
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError as error:
        LOG.error("traces: pip install 'tts-server[traces]' (%s)", error)
        return
    provider = TracerProvider(resource=Resource.create({"service.name": "tts-server"}))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    tracer = provider.get_tracer("tts_server")

    def begin() -> None:
        route = request.url_rule.rule if request.url_rule else ""
        g.span = tracer.start_span(
            f"{request.method} {route}".strip(), context=propagate.extract(request.headers), kind=trace.SpanKind.SERVER,
            attributes={"http.request.method": request.method, "http.route": route},
        )  # fmt: skip

    def end(response: Response) -> Response:
        span: Any = g.pop("span", None)
        if span is not None:
            span.set_attribute("http.response.status_code", response.status_code)
            span.set_attribute("tts.request_id", response.headers.get("X-Request-ID", ""))
            if response.status_code >= 500:
                span.set_status(trace.StatusCode.ERROR)
            response.call_on_close(span.end)
        return response

    app.before_request_funcs.setdefault(None, []).insert(0, begin)
    app.after_request_funcs.setdefault(None, []).insert(0, end)
    app.extensions["traces"] = provider
