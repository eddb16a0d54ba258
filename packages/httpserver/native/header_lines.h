/* Header lines of a request that are quite ordinary. */

#ifndef ZONDA_HEADER_LINES_H
#define ZONDA_HEADER_LINES_H

#include "slots.h"

/* A new HeaderBlock of lines (bytes, with the empty line at the end), or NULL where
   `zonda.http.parse_request_block` has to decide; then an exception is set only if memory ran out.
   There are at most `most` lines. */
SHARED PyObject *read_header_lines(PyObject *raw, Py_ssize_t most);

/* Take what is needed from a dict: 0, or -1 with an exception. */
SHARED int prepare_header_lines(PyObject *given);

#endif
