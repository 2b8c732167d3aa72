"""Forwards a camera as aiortc's own examples do: MediaPlayer and MediaRelay.

Only the codec is chosen, so that its encoder does what the others pass on.
"""

import asyncio
import sys
from typing import Any

from aiortc import (
    RTCConfiguration,
    RTCPeerConnection,
    RTCRtpSender,
    RTCSessionDescription,
)
from aiortc.contrib.media import MediaPlayer, MediaRelay

from benchmark import aiortc_setup, lines


class Server:
    """One camera for all peers."""

    def __init__(self, url: str) -> None:
        """Prepare; the camera is opened for the first peer, or it would lag."""
        self._url = url
        self._player: MediaPlayer | None = None
        self._relay = MediaRelay()
        self._peers: dict[int, RTCPeerConnection] = {}

    async def handle(self, request: dict[str, Any]) -> Any:
        """Give an offer or take an answer."""
        match request:
            case {"peer": peer, "answer": answer}:
                description = RTCSessionDescription(answer, "answer")
                await self._peers[peer].setRemoteDescription(description)
                return {}
            case {"peer": peer}:
                return {"offer": await self._offer(peer)}
        return {}

    async def _offer(self, peer: int) -> str:
        if self._player is None:
            self._player = await asyncio.to_thread(
                MediaPlayer, self._url, options={"rtsp_transport": "tcp"}
            )
        connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self._peers[peer] = connection
        for track in (self._player.audio, self._player.video):
            assert track is not None
            connection.addTrack(self._relay.subscribe(track))
        codecs = RTCRtpSender.getCapabilities("video").codecs
        for transceiver in connection.getTransceivers():
            if transceiver.kind == "video":
                transceiver.setCodecPreferences(
                    [codec for codec in codecs if codec.name in {"H264", "rtx"}]
                )
        await connection.setLocalDescription(await connection.createOffer())
        offer: str = connection.localDescription.sdp
        return offer


async def main() -> None:
    """Serve until standard input ends."""
    aiortc_setup.stay_on_loopback()
    aiortc_setup.use_one_cipher()
    server = Server(sys.argv[1])
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    await lines.serve(server.handle)


if __name__ == "__main__":
    asyncio.run(main())
