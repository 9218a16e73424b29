"""An OTLP receiver that knows nothing of Roster: prints what arrives as lines of JSON.

The first line is the port. Each further one is a span, a metric or a log record with the attributes
of its resource.
"""

import json
import sys
from concurrent import futures

import grpc
from opentelemetry.proto.collector.logs.v1 import logs_service_pb2, logs_service_pb2_grpc
from opentelemetry.proto.collector.metrics.v1 import metrics_service_pb2, metrics_service_pb2_grpc
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2, trace_service_pb2_grpc
from google.protobuf.json_format import MessageToDict


def attributes(pairs):
    """KeyValues as a plain dictionary."""
    value = lambda any_value: getattr(any_value, any_value.WhichOneof("value") or "string_value")
    return {pair.key: value(pair.value) if pair.value.WhichOneof("value") != "bytes_value" else "" for pair in pairs}


def tell(kind, resource, item):
    """One line, whole."""
    line = json.dumps({"kind": kind, "resource": attributes(resource.attributes), **item}, default=str)
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


class Traces(trace_service_pb2_grpc.TraceServiceServicer):
    def Export(self, request, context):
        for group in request.resource_spans:
            for span in (span for scope in group.scope_spans for span in scope.spans):
                tell("span", group.resource, {
                    "name": span.name,
                    "trace": span.trace_id.hex(),
                    "id": span.span_id.hex(),
                    "parent": span.parent_span_id.hex(),
                    "links": [link.span_id.hex() for link in span.links],
                    "span_kind": span.kind,
                    "attributes": attributes(span.attributes),
                    "status": span.status.code,
                    "micros": (span.end_time_unix_nano - span.start_time_unix_nano) // 1000,
                    "raw": MessageToDict(span),
                })
        return trace_service_pb2.ExportTraceServiceResponse()


class Metrics(metrics_service_pb2_grpc.MetricsServiceServicer):
    def Export(self, request, context):
        for group in request.resource_metrics:
            for metric in (metric for scope in group.scope_metrics for metric in scope.metrics):
                tell("metric", group.resource, {"name": metric.name, "raw": MessageToDict(metric)})
        return metrics_service_pb2.ExportMetricsServiceResponse()


class Logs(logs_service_pb2_grpc.LogsServiceServicer):
    def Export(self, request, context):
        for group in request.resource_logs:
            for record in (record for scope in group.scope_logs for record in scope.log_records):
                tell("log", group.resource, {
                    "body": record.body.string_value,
                    "severity": record.severity_text,
                    "trace": record.trace_id.hex(),
                    "span": record.span_id.hex(),
                    "attributes": attributes(record.attributes),
                })
        return logs_service_pb2.ExportLogsServiceResponse()


def main():
    server = grpc.server(futures.ThreadPoolExecutor(max_workers=1))
    trace_service_pb2_grpc.add_TraceServiceServicer_to_server(Traces(), server)
    metrics_service_pb2_grpc.add_MetricsServiceServicer_to_server(Metrics(), server)
    logs_service_pb2_grpc.add_LogsServiceServicer_to_server(Logs(), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    print(port, flush=True)
    # Until whoever started it closes our input.
    sys.stdin.read()
    server.stop(None)


main()
