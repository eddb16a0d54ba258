"""ASGI applications on the Zonda server and Zonda applications on ASGI servers."""
