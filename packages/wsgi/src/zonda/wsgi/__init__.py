"""WSGI applications on the Zonda server and Zonda applications on WSGI servers."""
