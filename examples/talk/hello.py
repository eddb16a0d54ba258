import zonda.httpserver
import zonda.ioloop
import zonda.web

class MainHandler(zonda.web.RequestHandler):
    def get(self):
        self.write("Hello, world")

if __name__ == "__main__":
    application = zonda.web.Application([
        (r"/", MainHandler),
    ])

    http_server = zonda.httpserver.HTTPServer(application)
    http_server.listen(8888)
    zonda.ioloop.IOLoop.instance().start()
