"""Bodies as they travel: gzip both ways."""

import gzip
import zlib

from orgsim.calls import Answer
from orgsim.errors import Refusal

_WORTH_IT_BYTES = 860
_MAX_BODY_BYTES = 200 * 1024 * 1024
_FASTEST = 1


def plain_body(body: bytes, encoding: str) -> bytes:
    """Give a request's body unpacked; raises 415 for an encoding unknown, 400 for broken gzip."""
    encoding = encoding.strip().lower()
    if encoding in {"", "identity"}:
        return body
    if encoding not in {"gzip", "x-gzip", "deflate"}:
        message = f"Content-Encoding header specified in HTTP request is not supported: {encoding}"
        raise Refusal("UNSUPPORTED_MEDIA_TYPE", message, status=415)
    try:
        unpacker = zlib.decompressobj(wbits=zlib.MAX_WBITS | 32)
        plain = unpacker.decompress(body, _MAX_BODY_BYTES)
    except zlib.error:
        raise Refusal("JSON_PARSER_ERROR", "The HTTP entity body could not be decompressed") from None
    if unpacker.unconsumed_tail:
        raise Refusal("REQUEST_TOO_LARGE", "The HTTP entity body is too large", status=413)
    return plain


def packed(answer: Answer, accepted: str) -> bytes:
    """Give the answer's bytes, gzipped where the client takes that and it is worth it."""
    body = answer.encoded()
    if len(body) < _WORTH_IT_BYTES or not _takes_gzip(accepted):
        return body
    answer.headers["Content-Encoding"] = "gzip"
    answer.headers["Vary"] = "Accept-Encoding"
    return gzip.compress(body, _FASTEST, mtime=0)


def _takes_gzip(accepted: str) -> bool:
    for choice in accepted.split(","):
        name, _, quality = choice.partition(";")
        if name.strip().lower() in {"gzip", "x-gzip"}:
            return quality.replace(" ", "").lower() not in {"q=0", "q=0.0", "q=0.00", "q=0.000"}
    return False
