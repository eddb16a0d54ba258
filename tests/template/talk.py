"""The templates of the talk, and the values that they are given."""

from __future__ import annotations

from types import SimpleNamespace

from zonda.escape import SafeString
from zonda.template import DictLoader

BASE = """\
<html>
    <head>
        <title>My Site :: {% block title %}Unextended Template{% end %}</title>
        <link rel="stylesheet" type="text/css" href="{{ static_url('css/site.css') }}" />
        <script type="text/javascript" src="{{ static_url('javascript/site.js') }}"></script>
         {% if not current_user %}
          <script type="text/javascript" src="http://api.recaptcha.net/js/recaptcha_ajax.js">
          </script>
         {% end %}
    </head>
    <body{% if current_user %} class="authenticated"{% end %}>
        {% include "header.html" %}
        {% if request.uri not in ['/', ''] and current_user %}
              {{ modules.MemberBar() }}
        {% end %}
        <div id="content">
              {% block content %}
                   No Content Specified
              {% end %}
        </div>
        <ul id="footer">
            <li><a href="/terms">{{_("Terms and Conditions")}}</a></li>
            <li class="center">{{_("Version")}}: {{ handler.application.settings['version'] }}</li>
            <li class="right">{{_("Copyright")}} &copy; {{ datetime.date.today().year }}</li>
        </ul>
    </body>
</html>
"""
CONTENT = """\
{% extends "base.html" %}
{% block title %}{{_("Error Title")}}{% end %}
{% block content %}
<h1>{{_("Error Title")}}</h1>
<img src="/static/images/sad_robot.png" class="error_robot" />
<p class="error_message">{{_("Error Message")}}</p>
<h2 class="error">{{status_code}} - {{exception}}</h2>
{% end %}
"""
FORM = """\
<form action="/login" method="post">
   {{ xsrf_form_html() }}
   <div>Username: <input type="text" name="username"/></div>
   <div>Password: <input type="password" name="password"/></div>
   <div><input type="submit" value="Sign in"/></div>
</form>
"""
LOADER = DictLoader(
    {
        "base.html": BASE,
        "content.html": CONTENT,
        "form.html": FORM,
        "header.html": "<h1>Header of {{ request.host }}</h1>",
        "home.html": "<html>\n  <body>\n    Hi {{username}}, welcome to our site.\n  </body>\n"
        "</html>",
    }
)


def values(**others: object) -> dict[str, object]:
    words = {"Error Title": "Fehler & mehr", "Terms and Conditions": "Gesch\u00e4ftsbedingungen"}
    modules = SimpleNamespace(MemberBar=lambda: SafeString("<div>members</div>"))
    return {
        "static_url": "/static/{}?v=1".format,
        "current_user": None,
        "request": SimpleNamespace(uri="/", host="example.com"),
        "modules": modules,
        "handler": SimpleNamespace(application=SimpleNamespace(settings={"version": "1.0"})),
        "_": lambda text: words.get(text, text),
        **others,
    }
