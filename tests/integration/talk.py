"""The programs of the talk "An Introduction to Tornado" (PyCon 2011), word for word.

The slides lost two backslashes at the ends of lines; they are put back.  `translated` is all that
is done to the programs: ``zonda`` for ``tornado``, with the imports that the slides left out.
"""

from __future__ import annotations

import re
from pathlib import Path

from tests import talk_pages

APPLICATION = """\
application = web.Application([
    (r"/", MainPageHandler),
])
http_server = httpserver.HTTPServer(application)
http_server.listen(8080)
ioloop.IOLoop.instance().start()
"""

STATIC = """\
application = web.Application([
    (r"/static/(.*)", web.StaticFileHandler, {"path": "/var/www"}),
])
"""

HELLO_WORLD = """\
import tornado.httpserver
import tornado.ioloop
import tornado.web

class MainHandler(tornado.web.RequestHandler):
    def get(self):
        self.write("Hello, world")

if __name__ == "__main__":
    application = tornado.web.Application([
        (r"/", MainHandler),
    ])

    http_server = tornado.httpserver.HTTPServer(application)
    http_server.listen(8888)
    tornado.ioloop.IOLoop.instance().start()
"""

REDIS = """\
import redis
import tornado.web

class MyRequestHandler(tornado.web.RequestHandler):

    def initialize(self):

        host = self.application.settings['Redis']['host']
        port = self.application.settings['Redis']['port']

        self.redis = redis.Redis(host, port)

class Homepage(MyRequestHandler):

    @tornado.web.asynchronous
    def get(self):

        content = self.redis.get('homepage')
        self.write(content)
        self.finish()
"""

HOME = """\
class Home(RequestHandler):

    def get(self):

        self.render('home.html', username='Leeroy Jenkins');
"""

HTTPS_CHECK = """\
class HTTPSCheck(tornado.web.UIModule):

    def render(self):

        if 'X-Forwarded-Ssl' not in self.request.headers or \\
            self.request.headers['X-Forwarded-Ssl'] != 'on':

            return self.render_string("modules/ssl.html")

        return ''
"""

LOCALIZATION = """\
import tornado.locale as locale
import tornado.web

class RequestHandler(tornado.web.RequestHandler):

    def get_user_locale(self):

        # Fake user object has a get_locale() function
        user_locale = self.user.get_locale()

        # If our locale is supported return it
        if user_locale in locale.get_supported_locales(None):
            return user_locale

        # Defaults to Accept-Language header if supported
        return None
"""

IOLOOP = """\
class MyClient(object):

    def connect(self, host, port):

        # Create our socket
        self.sock = socket.socket(socket.AF_INET,
                                  socket.SOCK_STREAM, 0)
        self.sock.connect((host, port))
        self.sock.setblocking(0)
        self.io_loop = tornado.ioloop.IOLoop.instance()

        # Append our handler to tornado's ioloop for our socket
        events = tornado.ioloop.IOLoop.READ | \\
                 tornado.ioloop.IOLoop.ERROR

        self.io_loop.add_handler(self.sock.fileno(),
                                 self._handle_events, events)
"""

TEMPLATES = {
    "home.html": """\
<html>
  <body>
    Hi {{username}}, welcome to our site.
  </body>
</html>
""",
    "base.html": talk_pages.BASE,
    "error.html": talk_pages.ERROR,
    "login.html": talk_pages.LOGIN,
    "check.html": "<div>{{ modules.HTTPSCheck() }}</div>\n",
    "modules/ssl.html": """\
<div class="information">
    <a href="https://{{request.host}}{{request.uri}}">
         {{_("Click here to use a secure connection")}}
    </a>
</div>
""",
    "welcome.html": """\
<html>
  <body>
    {{_("Welcome to our site.")}}
  </body>
</html>
""",
}

DE_DE = """\
"New","Neu"
"Donate","Spenden"
"New Paste","Neuer Paste"
"Secure, Private Pasting","Sicheres Pasten"
"Unclaimed Hostname","Sie benutzen einen offenen Hostnamen.
Klicken Sie heir für weitere Informationen."
"Paste Options","Paste Optionen"
"Formatting","Formatierung"
"No Formatting","Keine Formatierung"
"Line Numbers","Zeilennummern"
"On","An"
"Off","Aus"
"Minutes","Minuten"
"Hour","Stunde"
"Day","Tag"
"Week","Woche"
"Year","Jahr"
"Expire Paste","Wann soll der Paste gelöscht werden?"
"Encryption","Verschlüsselung"
"Encryption Key","Passwort-Verschlüsselung"
"Encryption Algorithm","Algorithm-Verschlüsselung"
"Save Paste","Paste speichern"
"All Rights Reserved","Alle Rechte vorbehalten"
"""

#: The modules that the slides name; those with programs are above.
MODULES = [
    "auth",
    "database",
    "escape",
    "httpclient",
    "httpserver",
    "ioloop",
    "iostream",
    "locale",
    "options",
    "template",
    "testing",
    "web",
    "websocket",
]


def translated(program: str, **replaced: str) -> str:
    """A program of a slide for Zonda; *replaced* are numbers and paths that a test cannot have."""
    for old, new in replaced.items():
        assert old.strip("_") in program
        program = program.replace(old.strip("_"), new)
    return re.sub(r"\btornado\b", "zonda", program)


def write_files(directory: Path) -> None:
    """Write the templates, with the two that the slides do not show, and the translations."""
    more = {
        "header.html": "<h1>Header</h1>\n",
        "member_bar.html": "<p>{{ current_user }}</p>\n",
        "pastes.html": '{{ _("Save Paste") }}|{{ _("Unclaimed Hostname") }}\n',
    }
    for name, text in {**TEMPLATES, **more}.items():
        path = directory / "templates" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    for name in ("css/site.css", "javascript/site.js"):
        path = directory / "static" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("/* nothing */\n")
    (directory / "locale").mkdir()
    (directory / "locale" / "de_DE.csv").write_text(DE_DE, encoding="utf-8")
