/* What the files of this directory do for each other with requests.

   `replace_...` replace methods, and take what they need from a dict, after `prepare_classes`: 0, or
   -1 with an exception. */

#ifndef ZONDA_REQUESTS_H
#define ZONDA_REQUESTS_H

#include "classes.h"

/* A request without a body on a connection that stays: 1, or 0 if it is not that, or -1. */
SHARED int begin(PyObject *self, PyObject *start_line, PyObject *block);

/* A request with a small body that is there: 1, or 0 if it is not that, or -1. */
SHARED int begin_with_body(PyObject *self, PyObject *start_line, PyObject *block, const char *body,
                           Py_ssize_t size);

/* A limit of a connection's server; -1 where it is no whole number, or with an exception. */
SHARED Py_ssize_t limit_of(PyObject *self, PyObject *name);

static inline int
has_buffered(PyObject *self, Py_ssize_t size)
{
    PyObject *buffer = SLOT(self, py.buffer);
    return buffer != NULL && PyByteArray_CheckExact(buffer) && PyByteArray_GET_SIZE(buffer) == size;
}

static inline int
is_http_1_1(PyObject *start_line)
{
    return PyTuple_Check(start_line) && PyTuple_GET_SIZE(start_line) == 3 &&
           PyUnicode_Check(PyTuple_GET_ITEM(start_line, 2)) &&
           PyUnicode_CompareWithASCIIString(PyTuple_GET_ITEM(start_line, 2), "HTTP/1.1") == 0;
}

SHARED int replace_begin(PyObject *given);
SHARED int replace_data_received(PyObject *given);
SHARED int replace_respond(PyObject *given);

#endif
