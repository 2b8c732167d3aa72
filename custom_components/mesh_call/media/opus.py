"""Opus packets (RFC 6716, section 3): what they say of themselves, and silent ones."""

OPUS_RATE = 48_000
"""Samples a second that durations count in, whatever is inside (RFC 7587, 4.1)."""

_LONGEST = 5_760
_SILK_FRAMES = (480, 960, 1_920, 2_880)
_HYBRID_FRAMES = (480, 960)
_FIRST_HYBRID, _FIRST_CELT = 12, 16
_CELT_FRAMES = {31: 960, 30: 480, 29: 240, 28: 120}
"""Samples of a frame by configuration, the longest first."""

_SILENT_FRAME = b"\xff\xfe"


def packet_duration(payload: bytes) -> int:
    """Give the samples a packet stands for; 0 if it is no Opus packet."""
    if not payload:
        return 0
    samples = _frame_duration(payload[0] >> 3) * _frame_count(payload)
    return samples if samples <= _LONGEST else 0


def _frame_duration(configuration: int) -> int:
    """Table 2 of the RFC."""
    if configuration < _FIRST_HYBRID:
        return _SILK_FRAMES[configuration & 3]
    if configuration < _FIRST_CELT:
        return _HYBRID_FRAMES[configuration & 1]
    return 120 << (configuration & 3)


def _frame_count(payload: bytes) -> int:
    code = payload[0] & 3
    if code < 3:
        return 1 if code == 0 else 2
    return payload[1] & 0x3F if len(payload) > 1 else 0


def silence(samples: int) -> bytes:
    """Give a packet that holds nothing for so long, at most 120 ms.

    Its frames are CELT's, full band; each begins with the flag for silence.
    """
    for configuration, frame in _CELT_FRAMES.items():
        count, rest = divmod(samples, frame)
        if count and not rest:
            first = configuration << 3
            if count == 1:
                return bytes((first,)) + _SILENT_FRAME
            return bytes((first | 3, count)) + _SILENT_FRAME * count
    return b""
