/* The heads of ordinary answers. */

#ifndef ZONDA_RESPONSE_HEAD_H
#define ZONDA_RESPONSE_HEAD_H

#include "classes.h"

/* Where a head ends, behind its empty line; -1 if it does not. */
SHARED Py_ssize_t end_of_head(const char *text, Py_ssize_t size);

/* A ResponseHead of *text*, which is a head with its empty line, if it has the status line of *last*
   and is plain: a new reference, or NULL, where an exception may be set. */
SHARED PyObject *read_response_head(const char *text, Py_ssize_t size, PyObject *last);

/* Take what is needed from a dict, after `prepare_classes`: 0, or -1 with an exception. */
SHARED int prepare_response_head(PyObject *given);

#endif
