"""What the sources must keep to, as functions from a file's path and text to findings. Rules that a
compiler, clang-format or clang-tidy already checks are not here."""

import re

# Which other rooms' headers a room may include; a path that ends in .h stands for that header alone.
# What is not listed includes nothing but its own room. shm/result.h is the error type of all rooms.
WALLS = {
    "shm": [],
    "shim": ["shm"],
    "agent/model": ["shm/descriptor.h", "shm/native_buckets.h"],
    "agent/scan": ["shm"],
    "agent/read": ["shm", "agent/model"],
    "agent/aggregate": ["agent/model", "shm/descriptor.h", "shm/exemplar_reading.h", "shm/exemplars.h", "shm/native_buckets.h"],
    "agent/render": ["agent/model"],
    "agent/state": ["shm", "agent/model"],
    "agent/self": ["agent/model", "agent/aggregate/statistics.h", "agent/push/report.h"],
    "agent/status": ["agent/model", "shm/descriptor.h", "shm/native_buckets.h"],
    "agent/files": [],
    "agent/x509": [],
    "agent/web": ["agent/files", "agent/x509"],
    "agent/identity": ["agent/model", "agent/files", "agent/x509", "agent/web/client_tls.h", "agent/web/config.h", "agent/web/url.h"],
    "agent/audit": ["agent/files", "agent/x509", "shm/file.h"],
    "agent/otlp": ["agent/model", "agent/render/backward_writer.h"],
    "agent/push": ["agent/model", "agent/otlp", "agent/files", "agent/web/client_tls.h", "agent/web/gzip.h", "agent/web/http.h", "agent/web/url.h"],
    "agent/feed": ["agent/model", "agent/otlp", "agent/files", "agent/x509/names.h", "agent/identity", "agent/web/config.h", "shm/descriptor.h", "shm/file.h"],
    "agent/config": ["shm/descriptor.h", "shm/registry.h", "agent/push/options.h", "agent/otlp", "agent/files", "agent/x509", "agent/model", "agent/web/config.h", "agent/identity/policy.h", "agent/audit/options.h"],
    "agent/tool": ["shm", "agent/model", "agent/read", "agent/scan/admission.h", "agent/render", "agent/feed/client.h", "agent/audit", "agent/config", "agent/identity", "agent/web", "agent/x509"],
    "agent/manual": ["agent/config", "agent/tool/command_line.h"],
    "agent/main": ["shm", "agent"],
    "agent/monitoring": [],
}
EVERYWHERE = ["shm/result.h"]

# Libraries that belong to some rooms only; tests and benches may use all of them.
LIBRARIES = {
    r"(grpc|grpc\+\+|grpcpp|google/protobuf|opentelemetry|shmx)/":
        ["shim/", "agent/push/", "agent/feed/"],
    r"prometheus/": ["agent/self/", "agent/main/", "shim/prometheus_bridge"],
}

# shm/ stands on the standard library, the system and Boost.Interprocess alone.
SHM_LIBRARIES = re.compile(
    r"[a-z_]+(\.h)?$|(sys|linux|asm|bits)/[a-z_]+\.h$|boost/interprocess/|sanitizer/")

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', re.MULTILINE)

ATOMIC_OPERATION = re.compile(
    r"(?:\.|->)(load|store|exchange|fetch_(?:add|sub|and|or|xor)|compare_exchange_(?:weak|strong)"
    r"|test_and_set)\s*\(")

ORDER = re.compile(r"memory_order|\border\b")  # or a parameter that carries one

SLEEP = re.compile(r"\bsleep_for\b|\bsleep_until\b|\bu?sleep\s*\(|\bnanosleep\s*\(|\bsleep [0-9$]")
FIXED_PORT = re.compile(r"(localhost|127\.0\.0\.1|0\.0\.0\.0|\[::1\]):[1-9][0-9]+")

MAX_USUAL_LINES = 300
MAX_LONG_FILES = 0.1  # the share of files that may be longer


def without_comments(text):
    """C++ text with comments and string literals blanked, line numbers kept."""
    token = re.compile(r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"', re.DOTALL)
    return token.sub(lambda m: '""' if m[0][0] == '"' else re.sub(r"[^\n]", " ", m[0]), text)


def line_of(text, offset):
    return text.count("\n", 0, offset) + 1


def room_of(path):
    parts = path.split("/")
    return "/".join(parts[:2]) if parts[0] == "agent" else parts[0]


def within(path, prefixes):
    return any(path == p or path.startswith(p + "/") for p in prefixes)


def include_walls(path, text):
    """No include crosses a wall between rooms."""
    room = room_of(path)
    if room in ("tests", "bench"):
        return
    allowed = [room, *WALLS.get(room, []), *EVERYWHERE]
    for match in INCLUDE.finditer(text):
        quote, header = match.groups()
        where = f"{path}:{line_of(text, match.start())}"
        if quote == '"':
            if not within(header, allowed):
                yield f'{where}: {room} may not include "{header}"'
            continue
        if room == "shm" and not SHM_LIBRARIES.match(header):
            yield f"{where}: shm may not include <{header}>"
        for library, rooms in LIBRARIES.items():
            if re.match(library, header) and not any(path.startswith(r) for r in rooms):
                yield f"{where}: <{header}> belongs to {', '.join(rooms)}"


def atomic_orders(path, text):
    """Every atomic operation of the segment's writers and readers names its memory order."""
    if room_of(path) not in ("shm", "shim"):
        return
    code = without_comments(text)
    for match in ATOMIC_OPERATION.finditer(code):
        depth, end = 1, match.end()
        while depth and end < len(code):
            depth += {"(": 1, ")": -1}.get(code[end], 0)
            end += 1
        if not ORDER.search(code[match.end():end]):
            yield f"{path}:{line_of(code, match.start())}: {match[1]}() without a memory order"


def waiting(path, text):
    """Tests wait for events, not for time to pass, and let the kernel choose ports."""
    if room_of(path) != "tests" or path.startswith("tests/lint/"):
        return
    code = without_comments(text) if path.endswith((".cc", ".h")) else text
    for match in SLEEP.finditer(code):
        yield f"{path}:{line_of(code, match.start())}: sleeps"
    for match in FIXED_PORT.finditer(text):
        yield f"{path}:{line_of(text, match.start())}: a fixed port"


def file_sizes(files):
    """Files are small: most below MAX_USUAL_LINES lines."""
    long = [(path, text.count("\n")) for path, text in files
            if text.count("\n") > MAX_USUAL_LINES]
    if len(long) > MAX_LONG_FILES * len(files):
        for path, lines in long:
            yield f"{path}: {lines} lines"


TOP_LEVEL = {
    "CMakeLists.txt", "CMakePresets.json", "agent", "shim", "shm", "systemd", "tests", "bench",
    "README.md", ".ci", ".clang-format", ".clang-tidy", ".gitignore",
}


def top_level(names):
    """The top level of the tree is fixed."""
    for name in sorted(set(names) - TOP_LEVEL):
        yield f"{name}: does not belong at the top level"
    for name in sorted(TOP_LEVEL - set(names)):
        yield f"{name}: is missing at the top level"
