"""A client on the bare event loop; what the talk left open is what happens to the events."""

import socket
import sys

import zonda.ioloop

class MyClient(object):

    def connect(self, host, port):

        # Create our socket
        self.sock = socket.socket(socket.AF_INET,
                                  socket.SOCK_STREAM, 0)
        self.sock.connect((host, port))
        self.sock.setblocking(0)
        self.io_loop = zonda.ioloop.IOLoop.instance()

        # Append our handler to zonda's ioloop for our socket
        events = zonda.ioloop.IOLoop.READ | \
                 zonda.ioloop.IOLoop.ERROR

        self.io_loop.add_handler(self.sock.fileno(),
                                 self._handle_events, events)

    def _handle_events(self, fd, events):
        received = self.sock.recv(1000)
        print(received.decode(), end="")
        if not received or events & zonda.ioloop.IOLoop.ERROR:
            self.io_loop.remove_handler(fd)
            self.io_loop.stop()


def main(host="127.0.0.1", port=8888):
    client = MyClient()
    client.connect(host, port)
    client.sock.sendall(b"GET / HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n" % host.encode())
    client.io_loop.start()
    client.io_loop.close()
    client.sock.close()
    print()


if __name__ == "__main__":
    main(*sys.argv[1:2], *map(int, sys.argv[2:3]))
