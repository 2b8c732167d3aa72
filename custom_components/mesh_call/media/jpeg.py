"""Single pictures as JPEG."""

from fractions import Fraction
import io

import av
from av.video.codeccontext import VideoCodecContext

from .source import SourceError, SourceProblem

TIME_BASE = Fraction(1, 90_000)
_START = b"\xff\xd8\xff"


def is_jpeg(image: bytes) -> bool:
    """Whether a file is a JPEG picture."""
    return image.startswith(_START)


def as_jpeg(image: bytes) -> bytes:
    """Make a JPEG picture of a picture in another format; works in a thread.

    Raises:
        SourceError: it is none.
    """
    try:
        with av.open(io.BytesIO(image), "r") as container:
            frame = next(container.decode(video=0))
    except av.FFmpegError, StopIteration, IndexError, ValueError:
        raise SourceError(SourceProblem.NO_MEDIA, "not a picture") from None
    return encode_jpeg(frame)


def encode_jpeg(frame: av.VideoFrame) -> bytes:
    """Encode one picture as JPEG; works in a thread."""
    encoder = av.CodecContext.create("mjpeg", "w")
    assert isinstance(encoder, VideoCodecContext)
    encoder.width, encoder.height = frame.width & ~1, frame.height & ~1
    encoder.pix_fmt = "yuvj420p"
    encoder.time_base = TIME_BASE
    full = frame.reformat(encoder.width, encoder.height, "yuvj420p")
    full.pts = 0
    return b"".join(bytes(p) for p in [*encoder.encode(full), *encoder.encode(None)])
