# mypy: ignore-errors
# Started as a file, with its neighbours as top-level modules.
"""nginx with one process, for static files only; argument: PORT."""

import os
import shutil
import sys
import tempfile
from pathlib import Path

from files import directory

HOME = Path(tempfile.mkdtemp(prefix="zonda-nginx-"))
CONFIGURATION = f"""
daemon off; master_process off; pid {HOME}/pid; error_log stderr;
events {{ worker_connections 512; }}
http {{
    access_log off; sendfile on; tcp_nopush on; default_type text/plain;
    keepalive_requests 1000000;
    client_body_temp_path {HOME}/body; proxy_temp_path {HOME}/proxy;
    fastcgi_temp_path {HOME}/fastcgi; uwsgi_temp_path {HOME}/uwsgi; scgi_temp_path {HOME}/scgi;
    server {{ listen 127.0.0.1:{sys.argv[1]}; location /static/ {{ alias {directory()}/; }} }}
}}
"""

if __name__ == "__main__":
    nginx = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
    if nginx is None:
        sys.exit("nginx is not installed")
    (HOME / "nginx.conf").write_text(CONFIGURATION)
    os.execv(nginx, [nginx, "-p", str(HOME), "-c", str(HOME / "nginx.conf")])
