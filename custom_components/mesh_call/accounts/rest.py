"""What an account does by HTTP: it wakes apps and rejects calls it only heard of."""

from typing import TYPE_CHECKING, Any

from homeassistant.core import callback
from homeassistant.helpers.aiohttp_client import async_get_clientsession

from ..calls.errors import CallError
from ..calls.model import Extension
from ..const import DOMAIN, LOGGER
from ..signaling.connectycube_rest import ConnectyCubeRest, RestError, RestLogin
from .line import OutgoingCall

if TYPE_CHECKING:
    from .account import Account
    from .config import AccountConfig


class AccountRest:
    """The HTTP side of an account that has an authorization key."""

    def __init__(self, account: Account) -> None:
        """Make no request yet."""
        self._account = account
        self._rest: ConnectyCubeRest | None = None
        self.configure(account.config)

    @property
    def usable(self) -> bool:
        """Whether the account has a key."""
        return self._rest is not None

    def configure(self, config: AccountConfig) -> None:
        """Follow changed settings."""
        login = _login(config)
        http = async_get_clientsession(self._account.hass)
        self._rest = ConnectyCubeRest(http, login) if login else None

    async def reject(
        self, session_id: str, recipient_id: int, extension: Extension
    ) -> None:
        """Reject a call that is known from a push; raises CallError `rest_failed`."""
        assert self._rest
        try:
            await self._rest.reject(session_id, recipient_id, extension)
        except RestError as error:
            raise CallError("rest_failed", problem=str(error)) from None

    @callback
    def wake(self, call: OutgoingCall) -> None:
        """Wake the apps of a user who is called; what fails is logged only."""
        if self._rest:
            account = self._account
            account.entry.async_create_background_task(
                account.hass, self._wake(self._rest, call), f"{DOMAIN} push"
            )

    async def _wake(self, rest: ConnectyCubeRest, call: OutgoingCall) -> None:
        options = self._account.options
        payload = _payload(call, self._account.config.user_id, self._caller(call))
        payload |= options.push_payload
        filled = {key: value for key, value in payload.items() if value is not None}
        try:
            await rest.push((call.user_id,), options.push_environment, filled)
        except RestError as error:
            LOGGER.warning("No push could be sent along with a call: %s", error)

    def _caller(self, call: OutgoingCall) -> str:
        """Return the name of who calls, or of the home."""
        account = self._account
        calls = account.home.exchange.calls if account.home else ()
        for known in calls:
            if known.id == call.call_id:
                return known.members[known.caller].party.name
        return account.hass.config.location_name


def _login(config: AccountConfig) -> RestLogin | None:
    server = config.server
    if server.auth_key is None:
        return None
    name = server.api_login or str(config.user_id)
    return RestLogin(
        server.api_url,
        config.app_id,
        server.auth_key,
        server.auth_secret,
        {"email" if "@" in name else "login": name, "password": config.password},
    )


def _payload(call: OutgoingCall, user_id: int, caller: str) -> dict[str, Any]:
    """Return what ConnectyCube's own samples put into the push of a call.

    The first half is what those in JavaScript and React Native read, the second what
    those in Flutter and for Android and iOS read.
    """
    return {
        "message": f"Incoming call from {caller}",
        "ios_voip": 1,
        "handle": caller,
        "initiatorId": user_id,
        "opponentsIds": list(call.opponents),
        "uuid": call.session_id,
        "callType": "video" if call.video else "audio",
        "signal_type": "startCall",
        "session_id": call.session_id,
        "caller_id": user_id,
        "caller_name": caller,
        "call_opponents": ",".join(map(str, call.opponents)),
        "call_type": 1 if call.video else 2,
    }
