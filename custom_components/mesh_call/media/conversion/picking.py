"""Which of a station's pictures a receiver gets, and in which form."""

from dataclasses import dataclass

from ..stream import H264, VP8, Codec, Stream, same_codec
from .decoder import can_decode
from .variant import Form

_OVERHEAD = 1.07
"""What headers add to a stream's payload."""

_MARGIN = 0.8
"""Part of a cap a stream must keep within before it is passed through again."""


@dataclass(frozen=True, slots=True)
class Need:
    """What a receiver can take: codecs, and kbit/s; 0 for any number."""

    codecs: tuple[Codec, ...] = (H264,)
    max_bandwidth: int = 0


@dataclass(frozen=True, slots=True)
class Pick:
    """A stream as it comes, or what is to be made of it."""

    stream: Stream
    form: Form | None = None


def can_pass(stream: Stream, codecs: tuple[Codec, ...]) -> bool:
    """Whether a receiver of these codecs takes a stream as it comes."""
    return not stream.reordered and any(same_codec(stream.codec, c) for c in codecs)


def pick(
    need: Need,
    main: Stream | None,
    small: Stream | None,
    current: Pick | None,
    *,
    waiting: bool,
) -> Pick | None:
    """Pick what comes fit from the camera before anything is converted.

    Args:
        need: the receiver's.
        main: the station's picture.
        small: its smaller one, if that is there.
        current: what was picked last.
        waiting: whether the smaller one may still come.
    """
    if main is not None and _passes(main, need, current, unmeasured=False):
        return Pick(main)
    if small is not None and _passes(small, need, current, unmeasured=True):
        return Pick(small)
    origin = main or small
    if waiting or origin is None:
        return current if origin is not None else None
    spoken = (c for c in (H264, VP8) if any(same_codec(c, one) for one in need.codecs))
    codec = next(spoken, None)
    if codec is None or not can_decode(origin.codec):
        return None
    return Pick(origin, Form(codec, need.max_bandwidth))


def _passes(
    stream: Stream, need: Need, current: Pick | None, *, unmeasured: bool
) -> bool:
    if not can_pass(stream, need.codecs):
        return False
    if not need.max_bandwidth:
        return True
    if stream.bandwidth is None:
        return unmeasured
    passed = current == Pick(stream)
    limit = need.max_bandwidth * (1 if passed else _MARGIN)
    return stream.bandwidth * _OVERHEAD <= limit
