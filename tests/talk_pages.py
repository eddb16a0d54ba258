"""The pages of the talk "An Introduction to Tornado" (PyCon 2011), word for word."""

from __future__ import annotations

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

ERROR = """\
{% extends "base.html" %}
{% block title %}{{_("Error Title")}}{% end %}
{% block content %}
<h1>{{_("Error Title")}}</h1>
<img src="/static/images/sad_robot.png" class="error_robot" />
<p class="error_message">{{_("Error Message")}}</p>
<h2 class="error">{{status_code}} - {{exception}}</h2>
{% end %}
"""

LOGIN = """\
<form action="/login" method="post">
  {{ xsrf_form_html() }}
  <div>Username: <input type="text" name="username"/></div>
  <div>Password: <input type="password" name="password"/></div>
  <div><input type="submit" value="Sign in"/></div>
</form>
"""
