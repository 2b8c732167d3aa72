"""The button by which a contact is called."""

from typing import override

from homeassistant.auth.models import User
from homeassistant.components.button import ButtonEntity, ButtonEntityDescription

from ..calls.events import Cause
from ..calls.model import CallRequest, Party
from ..exceptions import translate_errors
from ..home import Home, get_home
from ..parties.find import only_party
from ..permissions import acting_user
from .contact_entity import ContactEntity

CALL_CONTACT = ButtonEntityDescription(key="call", translation_key="call")


class ContactButton(ContactEntity, ButtonEntity):
    """Calls its contact: from the page of whoever presses it, or the only party."""

    @override
    async def async_press(self) -> None:
        """Call."""
        with translate_errors():
            home = get_home(self.hass)
            user = None
            if self._context:
                user = await acting_user(self.hass, self._context)
            await home.exchange.call(
                CallRequest(_caller(home, user).id, to=(self.contact.party_id,)),
                Cause(context=self._context),
            )


def _caller(home: Home, user: User | None) -> Party:
    """Return who calls; raises CallError."""
    if user:
        own = home.screens.of_user(user.id)
        if len(own) == 1:
            return own[0]
    return only_party(home, user, home.present_parties())
