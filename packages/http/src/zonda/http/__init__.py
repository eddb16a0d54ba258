"""HTTP headers, requests, cookies, forms and HTTP/1 parsing, without I/O."""
