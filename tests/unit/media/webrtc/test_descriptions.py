"""Descriptions and candidates of every kind of peer, good and bad."""

from unittest.mock import AsyncMock

from aiortc import InvalidStateError, RTCPeerConnection
import pytest

from custom_components.mesh_call.calls.errors import CallError
from custom_components.mesh_call.calls.model import (
    Candidate,
    ConnectionState,
    Description,
)
from custom_components.mesh_call.media.stream import PCMU
from custom_components.mesh_call.media.webrtc import sdp
from custom_components.mesh_call.media.webrtc.ice import (
    IceConfiguration,
    engine_configuration,
    parse_candidate,
)
from custom_components.mesh_call.media.webrtc.lines import MediaPlan
from custom_components.mesh_call.media.webrtc.servers import IceServer
from tests.waiting import until

from .conftest import MakePeer, MakeStock, Start
from .synthetic import GREEN, SyntheticSource

PLAN = MediaPlan(send_video=True, send_audio=True)

HEADER = "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\n"
TRANSPORT = (
    "a=ice-ufrag:abcd\r\na=ice-pwd:abcdefghijklmnopqrstuvwx\r\n"
    "a=fingerprint:sha-256 " + ":".join(["AB"] * 32) + "\r\n"
    "a=setup:actpass\r\na=rtcp-mux\r\n"
)
AUDIO = "m=audio 9 UDP/TLS/RTP/SAVPF 0\r\nc=IN IP4 0.0.0.0\r\na=mid:a\r\na=sendrecv\r\n"


def video(profile: str = "profile-level-id=42e01f;", name: str = "H264") -> str:
    return (
        "m=video 9 UDP/TLS/RTP/SAVPF 98\r\nc=IN IP4 0.0.0.0\r\na=mid:v\r\n"
        f"a=sendrecv\r\na=rtpmap:98 {name}/90000\r\n"
        f"a=fmtp:98 {profile}packetization-mode=1\r\n"
    )


def offer(*sections: str, session: str = "") -> str:
    return HEADER + session + "".join(section + TRANSPORT for section in sections)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "hello",
        "v=0\r\n",
        "v=0\r\nm=\r\n",
        HEADER,
        offer("m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\na=mid:0\r\n"),
        offer(video(name="H265")),
        HEADER + AUDIO,
        HEADER + AUDIO + "a=ice-ufrag:abcd\r\na=ice-pwd:x\r\na=rtcp-mux\r\n",
        offer(AUDIO).replace("a=rtcp-mux\r\n", ""),
        offer(AUDIO).replace("a=setup:actpass\r\n", "a=setup:nonsense\r\n"),
        offer(AUDIO).replace("a=mid:a", "a=rtpmap:x"),
        offer(AUDIO) + "a=candidate:nonsense\r\n",
        offer(AUDIO).replace("SAVPF 0", "SAVPF 0 300"),
        "v=0\r\n" + "a" * 300_000,
        offer(AUDIO) + "a=fmtp:99 x=y\r\n",
        offer(AUDIO).replace("IP4 0.0.0.0\r\na=mid", "IP9 0\r\na=mid"),
    ],
)
async def test_malformed_offers(
    new_peer: MakePeer, new_stock: MakeStock, start: Start, text: str
) -> None:
    peer, recorder = new_peer(PLAN)
    with pytest.raises(CallError, match="invalid_description"):
        await peer.describe(Description("offer", text))
    assert not recorder.states

    # Nothing is left behind: a good one is taken.
    source = start(SyntheticSource(GREEN, PCMU))
    peer.use(video=source.streams.video, audio=source.streams.audio)
    stock = new_stock()
    await peer.describe(await stock.offer("video", "audio"))
    await stock.take(await recorder.descriptions.get())
    await stock.see(GREEN)


async def test_refused_description_does_not_unmute(
    new_peer: MakePeer, new_stock: MakeStock, start: Start
) -> None:
    peer, recorder = new_peer(PLAN)
    source = start(SyntheticSource(GREEN, PCMU))
    peer.mute(audio=True, video=True)
    peer.use(video=source.streams.video, audio=source.streams.audio)
    broken = offer(AUDIO).replace("a=setup:actpass", "a=setup:nonsense")
    with pytest.raises(CallError, match="invalid_description"):
        await peer.describe(Description("offer", broken))
    stock = new_stock()
    await peer.describe(await stock.offer("video", "audio"))
    await stock.take(await recorder.descriptions.get())
    await stock.see((0, 0, 0))


async def test_an_end_that_cannot_be_described_fails(
    new_peer: MakePeer, monkeypatch: pytest.MonkeyPatch
) -> None:
    peer, recorder = new_peer(PLAN)
    monkeypatch.setattr(
        RTCPeerConnection, "createOffer", AsyncMock(side_effect=InvalidStateError)
    )
    await peer.offer()
    assert recorder.states == [ConnectionState.FAILED]
    assert recorder.descriptions.empty()


@pytest.mark.parametrize("kind", ["pranswer", "rollback", ""])
async def test_other_types(new_peer: MakePeer, kind: str) -> None:
    peer, _ = new_peer(PLAN)
    with pytest.raises(CallError, match="invalid_description"):
        await peer.describe(Description(kind, offer(AUDIO)))


async def test_bad_answers(new_peer: MakePeer, new_stock: MakeStock) -> None:
    peer, recorder = new_peer(PLAN)
    with pytest.raises(CallError, match="invalid_description"):
        await peer.describe(Description("answer", offer(AUDIO)))
    await peer.offer()
    ours = await recorder.descriptions.get()
    for text in ("", offer(AUDIO), offer(video(), AUDIO), ours.sdp):
        with pytest.raises(CallError, match="invalid_description"):
            await peer.describe(Description("answer", text))
    with pytest.raises(CallError, match="invalid_description"):
        await peer.describe(Description("offer", offer(AUDIO)))

    answer = await new_stock().answer(ours)
    await peer.describe(answer)
    await until(lambda: recorder.states[-1:] == [ConnectionState.CONNECTED])
    with pytest.raises(CallError, match="invalid_description"):
        await peer.describe(answer)


@pytest.mark.parametrize(
    "profile", ["profile-level-id=4d401f;", "profile-level-id=640028;", ""]
)
async def test_other_profiles_are_accepted(new_peer: MakePeer, profile: str) -> None:
    peer, recorder = new_peer(PLAN)
    await peer.describe(Description("offer", offer(video(profile))))
    answer = await recorder.descriptions.get()
    assert "a=rtpmap:98 H264/90000" in answer.sdp
    assert "a=sendonly" in answer.sdp


async def test_what_cannot_be_used_is_refused_one_by_one(new_peer: MakePeer) -> None:
    data = "m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\na=mid:d\r\n"
    peer, recorder = new_peer(PLAN)
    bundle = "a=group:BUNDLE v d a\r\n"
    text = offer(video(name="H265"), data, AUDIO, session=bundle)

    await peer.describe(Description("offer", text))

    answer = sdp.SessionDescription.parse((await recorder.descriptions.get()).sdp)
    assert [(s.kind, s.mid, bool(s.port)) for s in answer.sections] == [
        ("video", "v", False),
        ("application", "d", False),
        ("audio", "a", True),
    ]
    assert "a=group:BUNDLE a" in answer.session


@pytest.mark.parametrize("bundle", ["a=group:BUNDLE 0\r\n", ""])
async def test_answer_that_refuses_the_picture(
    new_peer: MakePeer, new_stock: MakeStock, start: Start, bundle: str
) -> None:
    source = start(SyntheticSource(GREEN, PCMU, 440))
    peer, recorder = new_peer(PLAN)
    peer.use(video=source.streams.video, audio=source.streams.audio)
    stock = new_stock()
    await peer.offer()
    answer = await stock.answer(await recorder.descriptions.get())
    description = sdp.SessionDescription.parse(answer.sdp)
    refused = description.sections[1]
    refused.lines = ["m=video 0 UDP/TLS/RTP/SAVPF 97", f"a=mid:{refused.mid}"]
    text = str(description).replace("a=group:BUNDLE 0 1\r\n", bundle)
    assert text != str(description)

    await peer.describe(Description("answer", text))

    await until(lambda: recorder.states[-1:] == [ConnectionState.CONNECTED])
    await stock.hear_tone(440)


async def test_codec_order(new_peer: MakePeer) -> None:
    peer, recorder = new_peer(
        MediaPlan(send_video=True, send_audio=True, audio_codec=PCMU)
    )
    await peer.offer()
    ours = (await recorder.descriptions.get()).sdp
    names = [
        line.split()[1].split("/")[0]
        for line in ours.splitlines()
        if line.startswith("a=rtpmap")
    ]
    video = ["H264", "rtx", "H264", "rtx", "VP8", "rtx"]
    assert names == ["PCMU", "opus", "PCMA", *video]
    assert ours.index("42e01f") < ours.index("42001f")
    assert "sha-256" in ours
    assert "sha-512" not in ours


async def test_candidates_are_welcome_later(
    new_peer: MakePeer, new_stock: MakeStock
) -> None:
    """The ConnectyCube SDK sends none as callee unless it is told so (RFC 8840)."""
    plan = MediaPlan(send_video=True, send_audio=True)
    offering, offers = new_peer(plan)
    await offering.offer()
    answering, answers = new_peer(plan)
    await answering.describe(await new_stock().offer("audio", "video"))
    for recorder in (offers, answers):
        session, *_ = (await recorder.descriptions.get()).sdp.partition("\r\nm=")
        assert session.splitlines().count("a=ice-options:trickle") == 1


HOST = "candidate:1 1 udp 2130706431 127.0.0.1 50000 typ host generation 0 ufrag x"


@pytest.mark.parametrize("prefix", ["", "a="])
def test_candidates(prefix: str) -> None:
    candidate = parse_candidate(prefix + HOST)
    assert candidate is not None
    assert (candidate.ip, candidate.port, candidate.type) == (
        "127.0.0.1",
        50000,
        "host",
    )
    relay = HOST.replace("typ host", "typ relay raddr 0.0.0.0 rport 0")
    assert parse_candidate(relay) is not None
    assert parse_candidate(HOST.replace("127.0.0.1", "fd00::1")) is not None


@pytest.mark.parametrize(
    "text",
    [
        HOST.replace(" udp ", " tcp ") + " tcptype active",
        HOST.replace("127.0.0.1", "8f0b1c9e-aaaa.local"),
        HOST.replace("1 1 udp", "1 2 udp"),
        HOST.replace("typ host", "typ prflx"),
    ],
)
def test_candidates_of_no_use(text: str) -> None:
    assert parse_candidate(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "nonsense",
        "candidate:",
        HOST.replace("50000", "70000"),
        HOST.replace("127.0.0.1", "example.org"),
        HOST.replace("typ host", "typ strange"),
        HOST.replace("typ host", ""),
        HOST + "\r\na=injected:1",
    ],
)
async def test_malformed_candidates(new_peer: MakePeer, text: str) -> None:
    with pytest.raises(CallError, match="invalid_candidate"):
        parse_candidate(text)
    peer, _ = new_peer(PLAN)
    with pytest.raises(CallError, match="invalid_candidate"):
        await peer.candidate(Candidate(text, "0"))


@pytest.mark.parametrize("early", [True, False])
async def test_trickled_candidates(
    new_peer: MakePeer, new_stock: MakeStock, early: bool
) -> None:
    peer, recorder = new_peer(PLAN)
    stock = new_stock()
    full = await stock.offer("audio")
    lines = full.sdp.splitlines()
    bare = [li for li in lines if not li.startswith(("a=candidate", "a=end-of"))]
    trickled = [li for li in lines if li.startswith("a=candidate")]
    unusable = "a=candidate:1 1 udp 1 hidden.local 5000 typ host"
    candidates = [
        Candidate(unusable, "0"),
        *(Candidate(line, None, 0) for line in trickled),
        Candidate(""),
    ]
    described = Description("offer", "\r\n".join(bare) + "\r\n")
    if early:
        for candidate in candidates:
            await peer.candidate(candidate)
        await peer.describe(described)
    else:
        await peer.describe(described)
        for candidate in candidates:
            await peer.candidate(candidate)
    await stock.take(await recorder.descriptions.get())
    await until(lambda: recorder.states[-1:] == [ConnectionState.CONNECTED])


def test_ice_servers() -> None:
    assert engine_configuration(IceConfiguration()).iceServers == []
    configuration = IceConfiguration(
        (
            IceServer(("stun:example.org", "http://bad", "turns:x?transport=udp2")),
            IceServer(("turn:example.org:3478?transport=tcp",), "user", "secret"),
            IceServer(("nonsense",)),
        ),
        relay_only=True,
    )
    servers = engine_configuration(configuration).iceServers
    assert servers is not None
    assert [server.urls for server in servers] == [
        ["stun:example.org"],
        ["turn:example.org:3478?transport=tcp"],
    ]
