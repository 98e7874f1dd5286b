"""The extension module. For the package's own modules: services use what shm_exporter itself offers.

Thread safety: everything may be called from any thread. Errors: TypeError and ValueError for wrong
arguments, when something is made; counting raises nothing but the TypeError of an argument that is no
number. What cannot be counted is counted as lost, see losses()."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Literal, TypedDict, final

class NativeOptions(TypedDict, total=False):
    """The range and resolution of native buckets: struct NativeOptions of shim/bucket_kind.h."""

    schema: int
    max_buckets: int
    smallest: float
    largest: float

class MetadataLabel(TypedDict, total=False):
    """struct MetadataLabel of shim/options.h; `key` is needed."""

    key: str
    label: str
    max_value_bytes: int
    max_values: int

Mode = Literal["go", "python", "python_legacy", "java"]
BucketKind = Literal["classic", "native", "both"]
Buckets = Sequence[float]

def require_main_interpreter() -> None:
    """Raises ImportError in a sub-interpreter."""

def configure(
    *,
    service: str | None = None,
    directory: str | None = None,
    max_series: int | None = None,
    max_segment_bytes: int | None = None,
    certificate_chain_file: str | None = None,
    fallback_service: str | None = None,
    on_problem: Callable[[str], object] | None = None,
) -> bool:
    """Sets the process's options (struct ProcessOptions of shm/registry.h), before the first count:
    what is set already keeps its first value. False when something had another one before."""

def losses() -> dict[str, int]:
    """What this process has lost so far, by cause (layout::Loss)."""

def count_failure() -> None:
    """Counts a count that was lost, as the cause observations_dropped."""

def publish() -> None:
    """Creates the segment now if there is none, so that what is declared shows with 0."""

def republish_certificates() -> None:
    """Reads certificate_chain_file again, after the server has replaced its certificate."""

def segment_path() -> str:
    """The segment's path, empty when there is none."""

@final
class Call:
    """One RPC. In a forked child the calls of its parent count nothing."""

    @property
    def finished(self) -> bool: ...
    #: The code that the call is counted with if it is destroyed unfinished: 2 on servers, 1 on clients.
    unfinished_code: int
    def message_received(self) -> None:
        """A message has come; the end of the stream is none."""
    def message_sent(self, size: int = -1) -> None:
        """A message is being sent, of so many serialized bytes; negative where nobody knows."""
    def sending_done(self) -> None:
        """gRPC has taken the message that was sent last."""
    def finish(self, code: int, /) -> bool:
        """The call is over, with this number of gRPC's. True the first time, which is what counts."""

@final
class Method:
    """A method that is counted. It lives as long as the process: keep it per method."""

    @property
    def looks_at_metadata(self) -> bool:
        """Whether start() wants the request's metadata."""
    @property
    def measures_sent(self) -> bool:
        """Whether message_sent() wants the size."""
    @property
    def times_sending(self) -> bool:
        """Whether sending_done() is of any use."""
    @property
    def times_receiving(self) -> bool:
        """Whether the time between received messages is observed."""
    def start(self, metadata: Iterable[tuple[str, str | bytes]] | None, /) -> Call:
        """Counts a call as started, and gives it."""

class ServerMethods:
    """The methods of a server's interceptor. None is the default of every option; they are those of
    struct ServerOptions in shim/options.h, but `mode` is "python" where nothing is said, and what gRPC
    C++ has to be told (known methods, whether to show methods at 0) is said by calls here."""

    def __init__(
        self,
        *,
        mode: Mode | None = None,
        in_flight: bool | None = None,
        message_bytes_histograms: bool | None = None,
        code_on_handling_histogram: bool | None = None,
        exemplars: bool | None = None,
        handling_time_histogram: bool | None = None,
        handling_buckets: Buckets | None = None,
        message_bytes_buckets: Buckets | None = None,
        handling_bucket_kind: BucketKind | None = None,
        message_bytes_bucket_kind: BucketKind | None = None,
        native_seconds: NativeOptions | None = None,
        native_bytes: NativeOptions | None = None,
        constant_labels: Mapping[str, str] | None = None,
        metadata_labels: Sequence[MetadataLabel] | None = None,
        method_filter: Callable[[str], bool] | None = None,
        zero_initialize_codes: Sequence[int] | None = None,
        service: str | None = None,
        directory: str | None = None,
        max_series: int | None = None,
        max_segment_bytes: int | None = None,
        certificate_chain_file: str | None = None,
        fallback_service: str | None = None,
        on_problem: Callable[[str], object] | None = None,
    ) -> None: ...
    def find(self, full_method: str, type: int, known: bool = True) -> Method | None:
        """The method to count a call of "/package.Service/Method" under: `type` is 0 unary,
        1 client_stream, 2 server_stream, 3 bidi_stream. None when the filter refuses it. What the
        server does not implement is not `known`, and counted as unknown."""
    def zero_initialize(self, methods: Sequence[tuple[str, int]]) -> None:
        """Shows these methods, (full_method, type) each, with 0 before their first call."""

class ClientMethods:
    """The methods of a client's interceptor: as ServerMethods, with struct ClientOptions."""

    def __init__(
        self,
        *,
        mode: Mode | None = None,
        in_flight: bool | None = None,
        message_bytes_histograms: bool | None = None,
        code_on_handling_histogram: bool | None = None,
        exemplars: bool | None = None,
        client_handling_time_histogram: bool | None = None,
        client_stream_receive_time_histogram: bool | None = None,
        client_stream_send_time_histogram: bool | None = None,
        handling_buckets: Buckets | None = None,
        receive_buckets: Buckets | None = None,
        send_buckets: Buckets | None = None,
        message_bytes_buckets: Buckets | None = None,
        handling_bucket_kind: BucketKind | None = None,
        receive_bucket_kind: BucketKind | None = None,
        send_bucket_kind: BucketKind | None = None,
        message_bytes_bucket_kind: BucketKind | None = None,
        native_seconds: NativeOptions | None = None,
        native_bytes: NativeOptions | None = None,
        constant_labels: Mapping[str, str] | None = None,
        metadata_labels: Sequence[MetadataLabel] | None = None,
        method_filter: Callable[[str], bool] | None = None,
        zero_initialize_codes: Sequence[int] | None = None,
        service: str | None = None,
        directory: str | None = None,
        max_series: int | None = None,
        max_segment_bytes: int | None = None,
        certificate_chain_file: str | None = None,
        fallback_service: str | None = None,
        on_problem: Callable[[str], object] | None = None,
    ) -> None: ...
    def find(self, full_method: str, type: int, known: bool = True) -> Method | None:
        """As ServerMethods.find(); a client knows all methods that it calls."""
    def zero_initialize(self, methods: Sequence[tuple[str, int]]) -> None:
        """As ServerMethods.zero_initialize()."""

def label_name_problem(name: str) -> str:
    """Why a label of a custom metric may not have this name; empty when it may."""

class CounterFamily:
    """Raises ValueError when the name, unit or resolution cannot be, as the other families do."""

    def __init__(self, *, name: str, help: str, unit: str | None = None, ticks_per_unit: int | None = None,
                 exemplars: bool | None = None) -> None: ...

class GaugeFamily:
    def __init__(self, *, name: str, help: str, unit: str | None = None, mode: str | None = None) -> None: ...

class HistogramFamily:
    def __init__(self, *, name: str, help: str, unit: str | None = None, buckets: Buckets | None = None,
                 bucket_kind: str | None = None, native: Mapping[str, float] | None = None,
                 ticks_per_unit: int | None = None, admits_negative: bool | None = None,
                 exemplars: bool | None = None) -> None: ...

class CounterSeries:
    """Until it is bound to a series it counts nothing but losses, as the other series do."""

    def inc(self, amount: float = 1, exemplar: Mapping[str, str] | None = None) -> None:
        """Adds a number, rounded to the resolution. Negative, infinite and NaN ones are refused and counted
        as lost. `exemplar` is a dict of trace_id and span_id, in hexadecimal digits, of a span that is
        sampled; what else it has is left out."""

class GaugeSeries:
    def inc(self, amount: float = 1) -> None:
        """Adds a number."""
    def dec(self, amount: float = 1) -> None:
        """Takes a number away."""
    def set(self, value: float, /) -> None:
        """Is this number from now on."""

class HistogramSeries:
    def observe(self, amount: float, exemplar: Mapping[str, str] | None = None) -> None:
        """Observes a value in the metric's unit. NaN, infinite and, unless they are admitted, negative ones
        are refused and counted as lost. `exemplar`: see CounterSeries.inc()."""

def bind_counter(series: CounterSeries, family: CounterFamily, labels: dict[str, str]) -> None:
    """From now on the object counts in the series of these labels."""

def bind_gauge(series: GaugeSeries, family: GaugeFamily, labels: dict[str, str]) -> None: ...
def bind_histogram(series: HistogramSeries, family: HistogramFamily, labels: dict[str, str]) -> None: ...

class PublishedCounter:
    """A series of somebody else's registry, published by its totals (shim/published_series.h), as are the
    other Published ones."""

    def __init__(self, name: str, help: str, labels: dict[str, str], ticks_per_unit: int | None = None,
                 ) -> None: ...
    def advance(self, total: float, only_remember: bool) -> bool:
        """Adds what the total has grown by, unless it is only remembered. False when it was refused."""

class PublishedGauge:
    def __init__(self, name: str, help: str, labels: dict[str, str], mode: str) -> None: ...
    def set(self, value: float) -> None: ...
    def leave(self) -> None:
        """The registry has it no longer."""

class PublishedHistogram:
    def __init__(self, name: str, help: str, labels: dict[str, str], bounds: Sequence[float],
                 ticks_per_unit: int | None = None) -> None: ...
    @property
    def bounds(self) -> list[float]: ...
    def advance(self, cumulative: Sequence[float], sum: float | None, only_remember: bool) -> bool:
        """As PublishedCounter.advance(), with cumulative counts up to +Inf. Without a sum that stays."""

def refuse_value() -> None:
    """Counts a value as refused."""

def refuse_registration() -> None:
    """Counts a series that cannot be published."""
