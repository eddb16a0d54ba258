/* What the files of this directory know of the Python classes: their slots, and values of some. */

#ifndef ZONDA_CLASSES_H
#define ZONDA_CLASSES_H

#include "slots.h"

/* Set once, by `prepare_classes`. */
struct classes {
    PyTypeObject *connection, *headers, *header_block, *timer;
    PyObject *head, *called;                      /* phases */
    PyObject *nothing, *stays;                    /* of the answer */
    Py_ssize_t phase, discarded, buffer, block, start_line, answering, persistence, delegate;
    Py_ssize_t server;
    Py_ssize_t gathered, writing_paused, state, transport, deadline, sweep;
    Py_ssize_t max_body_size, body_timeout;
    Py_ssize_t raw, early, plain, framing, length, closing;
    Py_ssize_t known, source, shared;
    Py_ssize_t now;
};

SHARED struct classes py;

/* Take what is needed from a dict: 0, or -1 with an exception. */
SHARED int prepare_classes(PyObject *given);

#endif
