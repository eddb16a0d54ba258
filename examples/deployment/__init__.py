"""A site with all that it runs under: nginx, systemd, a container, App Engine."""
