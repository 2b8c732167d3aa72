"""Every private name of aiortc and aioice that this integration touches.

aiortc encodes what it sends and decodes what it receives, in tasks and threads of
its own. Here its senders and receivers are taken over: RTP packets go straight to
the DTLS transport and come straight from it. ICE, DTLS, SRTP and the negotiation
stay aiortc's.

A self-test looks for every name when this module is imported. If one is missing
or has changed, `available` is False, `reasons` says why, and connections run
over aiortc's public interface (`webrtc/fallback.py`) instead.
"""

import logging

from .connecting import GATHERING_TIMEOUT, finish, prepare, watch_arrivals
from .negotiated import Negotiated, NegotiatedCodec
from .private_names import available, reasons, self_test
from .receiving import RawReceiver, ReceivingEnd
from .sending import RawSender, SendingEnd

__all__ = [
    "GATHERING_TIMEOUT",
    "Negotiated",
    "NegotiatedCodec",
    "RawReceiver",
    "RawSender",
    "ReceivingEnd",
    "SendingEnd",
    "available",
    "finish",
    "prepare",
    "reasons",
    "self_test",
    "watch_arrivals",
]

# What they log below warnings are addresses and whole descriptions.
for _library in ("aioice", "aiortc"):
    logging.getLogger(_library).setLevel(logging.WARNING)
