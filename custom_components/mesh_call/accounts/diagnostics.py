"""What diagnostics tell of an account: no server, no user, no name, no secret."""

from typing import Any

from .account import Account
from .config import DEFAULT_HOST
from .contacts import Contact


def account_diagnostics(account: Account) -> dict[str, Any]:
    """Describe an account, its contacts by their settings only."""
    server, options = account.config.server, account.options
    return {
        "connected": account.connected,
        "with_home": account.home is not None,
        "server": {
            "default_host": server.host == DEFAULT_HOST,
            "port": server.port,
            "tls": server.tls,
            "private_ca": server.ca_certificate is not None,
            "turn": server.turn_url is not None,
            "auth_key": server.auth_key is not None,
            "auth_secret": server.auth_secret is not None,
        },
        "options": {
            "ring": len(options.ring),
            "relay": options.relay,
            "answer_timeout": options.answer_timeout,
            "dialing_interval": options.dialing_interval,
            "disconnect_timeout": options.disconnect_timeout,
            "call_anyone": options.call_anyone,
            "push_environment": options.push_environment,
            "push_payload": sorted(options.push_payload),
        },
        "statistics": account.statistics,
        "contacts": [_contact(contact) for contact in account.contacts.values()],
    }


def _contact(contact: Contact) -> dict[str, Any]:
    return {
        "id": contact.key,
        "may_ring": contact.config.may_ring,
        "may_drop_in": contact.config.may_drop_in,
        "online": contact.account.online(contact),
    }
