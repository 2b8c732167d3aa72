"""The one error of calls: a command that can't be carried out."""


class CallError(Exception):
    """A command was refused; nothing has changed.

    `key` names the sentence users read (a translation key of the integration's
    `exceptions`), `placeholders` fill it in.
    """

    def __init__(self, key: str, **placeholders: str) -> None:
        """Name the sentence and what fills it in."""
        super().__init__(key)
        self.key = key
        self.placeholders = placeholders
