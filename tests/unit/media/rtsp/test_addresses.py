"""URLs: credentials, redirects, control URLs; SDP; sender addresses in no text."""

import pytest

from custom_components.mesh_call.media.rtsp.session_description import (
    parse_session_description,
)
from custom_components.mesh_call.media.rtsp.url import RtspUrl, absolute, join_control


@pytest.mark.parametrize(
    ("text", "host", "port", "target", "username", "password"),
    [
        ("rtsp://h/a", "h", 554, "rtsp://h/a", None, None),
        ("RTSP://h", "h", 554, "rtsp://h", None, None),
        ("rtsps://h:7441/a?x=1", "h", 7441, "rtsps://h:7441/a?x=1", None, None),
        ("rtsps://h/", "h", 322, "rtsps://h/", None, None),
        ("rtsp://u:p%40ss@h/a", "h", 554, "rtsp://h/a", "u", "p@ss"),
        ("rtsp://u:p@ss#:x@h:1/a@b", "h", 1, "rtsp://h:1/a@b", "u", "p@ss#:x"),
        ("rtsp://u@h/a#part", "h", 554, "rtsp://h/a", "u", ""),
        ("rtsp://u:pw@h?a=1/2", "h", 554, "rtsp://h?a=1/2", "u", "pw"),
        ("rtsp://[::1]:8554/a", "::1", 8554, "rtsp://[::1]:8554/a", None, None),
        ("rtsp://h/a b\r\nX: y", "h", 554, "rtsp://h/a%20b%0D%0AX:%20y", None, None),
    ],
)
def test_urls(
    text: str,
    host: str,
    port: int,
    target: str,
    username: str | None,
    password: str | None,
) -> None:
    url = RtspUrl.parse(text)
    assert (url.host, url.port, url.target) == (host, port, target)
    assert (url.username, url.password) == (username, password)
    assert not password or password not in repr(url)


@pytest.mark.parametrize(
    "text", ["", "h/a", "http://h/", "rtsp://", "rtsp://u:secret@/x", "rtsp://h:99999/"]
)
def test_bad_urls(text: str) -> None:
    with pytest.raises(ValueError, match="URL") as caught:
        RtspUrl.parse(text)
    assert "secret" not in str(caught.value)


def test_redirects() -> None:
    url = RtspUrl.parse("rtsp://u:p@h/a")
    same = url.redirected("rtsp://h:8554/b")
    assert (same.port, same.username, same.password) == (8554, "u", "p")
    assert url.redirected("/c").target == "rtsp://h/c"
    other = url.redirected("rtsp://x:y@other/a")
    assert (other.host, other.username, other.password) == ("other", None, None)
    for location in ("http://h/a", "rtsps://h/a", ""):
        if location:
            with pytest.raises(ValueError, match=r"URL|scheme"):
                url.redirected(location)


@pytest.mark.parametrize(
    ("base", "control", "url"),
    [
        ("rtsp://h/a/", "track1", "rtsp://h/a/track1"),
        ("rtsp://h/a", "track1", "rtsp://h/a/track1"),
        ("rtsp://h/a?c=1&s=0", "trackID=1", "rtsp://h/a?c=1&s=0/trackID=1"),
        ("rtsp://h/a?c=1/", "trackID=1", "rtsp://h/a?c=1/trackID=1"),
        ("rtsp://h/a", "?track=1", "rtsp://h/a?track=1"),
        ("rtsp://h/a", "*", "rtsp://h/a"),
        ("rtsp://h/a/", "", "rtsp://h/a/"),
        ("rtsp://h/a", "rtsp://other/x", "rtsp://other/x"),
        ("rtsp://h/a", "/a/track1", "rtsp://h/a/track1"),
        ("rtsp://h/a", "/track1", "rtsp://h/a/track1"),
    ],
)
def test_control_urls(base: str, control: str, url: str) -> None:
    assert join_control(base, control) == url


def test_relative_base() -> None:
    assert absolute("rtsp://h:5/a/b", "/c/") == "rtsp://h:5/c/"
    assert absolute("rtsp://h/a", "rtsp://h2/") == "rtsp://h2/"


def test_session_description() -> None:
    text = """v=0
c=IN IP4 0.0.0.0
a=control:rtsp://h/cam/
m=video 0 RTP/AVP 96
a=rtpmap:96 h264/90000
a=fmtp:96 profile-level-id=420029; packetization-mode=1;sprop-parameter-sets=Z0IA,aM4=
a=control:trackID=0
m=audio 0 RTP/AVP 8 0 98
a=rtpmap:98 mpeg4-generic/16000/2
a=fmtp:98 mode=AAC-hbr;config=1408
a=recvonly
a=control:trackID=1
m=audio 0 RTP/AVP 0
a=sendonly
a=control:trackID=2
m=application 0 RTP/AVP 107
"""
    described = parse_session_description(text, "rtsp://h/cam")
    video, audio, talk, other = described.media
    assert described.control == "rtsp://h/cam/"
    assert video.control == "rtsp://h/cam/trackID=0"
    assert (video.formats[0].name, video.formats[0].clock_rate) == ("H264", 90_000)
    assert video.formats[0].parameters["sprop-parameter-sets"] == "Z0IA,aM4="
    assert [f.label for f in audio.formats] == ["PCMA", "PCMU", "AAC"]
    assert audio.formats[2].channels == 2
    assert audio.is_received
    assert not audio.is_talk_back
    assert talk.is_talk_back
    assert not talk.is_received
    assert other.kind == "application"


def test_secured_tracks_are_named_but_no_codec_of_ours() -> None:
    text = "m=video 0 RTP/SAVP 96\na=rtpmap:96 H264/90000\n"
    (video,) = parse_session_description(text, "rtsp://h/").media
    assert video.formats[0].label == "SRTP"


@pytest.mark.parametrize("text", ["", "m=", "m=video", "m=audio x y z\na=rtpmap:"])
def test_broken_descriptions_are_harmless(text: str) -> None:
    parse_session_description(text, "rtsp://h/")
