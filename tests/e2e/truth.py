"""What a scrape must say, derived from what the load's client counted for itself."""

from collections import Counter

# By number, in the notation of the default mode.
CODES = ["OK", "Canceled", "Unknown", "InvalidArgument", "DeadlineExceeded", "NotFound", "AlreadyExists",
         "PermissionDenied", "ResourceExhausted", "FailedPrecondition", "Aborted", "OutOfRange",
         "Unimplemented", "Internal", "Unavailable", "DataLoss", "Unauthenticated"]


def _both_sides(call, side, job, sent, received):
    """The families that servers and clients both have."""
    labels = {"job": job, "grpc_type": call["type"], "grpc_service": call["service"],
              "grpc_method": call["method"]}
    yield f"grpc_{side}_started_total", labels, call["calls"]
    yield f"grpc_{side}_handled_total", {**labels, "grpc_code": CODES[call["code"]]}, call["calls"]
    yield f"grpc_{side}_msg_sent_total", labels, sent
    yield f"grpc_{side}_msg_received_total", labels, received
    yield f"grpc_{side}_handling_seconds_count", labels, call["calls"]
    yield f"grpc_{side}_in_flight", labels, 0
    if side == "client" and call["type"] != "unary":
        yield "grpc_client_msg_send_handling_seconds_count", labels, sent
        yield "grpc_client_msg_recv_handling_seconds_count", labels, received


def _of_call(call, client_job):
    yield from _both_sides(call, "client", client_job, call["sent"], call["received"])
    yield from _both_sides(call, "server", call["job"], call["received"], call["sent"])
    if call["units"]:
        yield "shop_units_ordered_total", {"job": call["job"]}, call["units"]


def expected(*truths):
    """What the samples of all loads together are, as {(name, labels): value}."""
    totals = Counter()
    for truth in truths:
        for call in truth["calls"]:
            for name, labels, amount in _of_call(call, truth["job"]):
                totals[(name, tuple(sorted(labels.items())))] += amount
    return totals


def differences(totals, page):
    """How a page's samples differ from the expected ones, a line each: those expected, and any other of
    the same names that is not 0. What should be 0 may be absent: a gauge's last process has ended."""
    names = {name for name, _ in totals}
    keys = set(totals) | {key for key, value in page.items() if key[0] in names and value != 0}
    lines = []
    for name, labels in sorted(keys):
        right, shown = totals.get((name, labels), 0), page.get((name, labels))
        if (shown or 0) != right:
            where = ", ".join(f'{label}="{value}"' for label, value in labels)
            lines.append(f"{name}{{{where}}}: {right} counted, {shown} shown")
    return lines


def expect_equal(totals, page):
    """Raises AssertionError with the differences, if there are any."""
    found = differences(totals, page)
    assert not found, "\n".join(found)
