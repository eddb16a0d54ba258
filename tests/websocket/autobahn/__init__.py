"""The Autobahn test suite against this package's server and client; see ``__main__``."""
