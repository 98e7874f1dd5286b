"""The numbers of gRPC's status codes, from what gRPC's Python objects say; and those of its types of
methods, which are RpcType's in shim/family_names.h."""

from __future__ import annotations

from typing import Final

import grpc

UNARY, CLIENT_STREAM, SERVER_STREAM, BIDI_STREAM = range(4)

OK: Final = 0
CANCELLED: Final = 1
UNKNOWN: Final = 2
RESOURCE_EXHAUSTED: Final = 8
UNIMPLEMENTED: Final = 12
INTERNAL: Final = 13

# A dictionary, since an enumeration's value is a tuple behind a property.
NUMBERS: Final[dict[object, int]] = {code: code.value[0] for code in grpc.StatusCode}


def number_of_error(error: BaseException) -> int:
    """How a call ended that ended with this exception. An error of gRPC's says it; for everything else that
    goes wrong while a call is made gRPC's own call objects say INTERNAL; and what is no Exception (Ctrl-C,
    a cancelled task) cancels the call."""
    if isinstance(error, grpc.RpcError) and hasattr(error, "code"):
        return NUMBERS.get(error.code(), UNKNOWN)
    return INTERNAL if isinstance(error, Exception) else CANCELLED
