"""UI modules of the tour."""

from __future__ import annotations

from zonda.web import UIModule


class MemberBar(UIModule):
    """Who is logged in, or how to get in."""

    def render(self) -> bytes:
        """Render it."""
        return self.render_string("modules/member_bar.html")


class LanguageSwitch(UIModule):
    """A button for each other language."""

    def render(self) -> bytes:
        """Render it."""
        return self.render_string("modules/language_switch.html")


class ChatMessage(UIModule):
    """One message of the chat."""

    def render(self, message: object) -> bytes:
        """Render it."""
        return self.render_string("modules/message.html", message=message)

    def javascript_files(self) -> str:
        """A page with messages is live."""
        return "javascript/chat.js"
