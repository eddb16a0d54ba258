/* A callback that is to be called later, and calling it. */

#ifndef ZONDA_CALLS_H
#define ZONDA_CALLS_H

#include "slots.h"

/* A scheduled callback. */
typedef struct {
    PyObject_HEAD
    vectorcallfunc vectorcall;
    PyObject *callback;
    PyObject *args;    /* a tuple */
    PyObject *kwargs;  /* a dict, or NULL */
    PyObject *code;    /* what has scheduled it, and where in it */
    int offset;
    PyObject *context; /* what it will be called in; NULL where the loop sees to that */
} Call;

/* A scheduled callback, or NULL with an exception.  References to *args* (an exception where it is
   NULL), *kwargs* and *code* are taken over. */
SHARED Call *new_call(PyObject *callback, PyObject *args, PyObject *kwargs, PyObject *code,
                      int offset);

/* Call *callback* in *context*, and see to what comes of it, as `zonda.ioloop.callbacks.run` does:
   0, or -1 with an exception that ends more than the callback. */
SHARED int run_in(PyObject *context, PyObject *callback, PyObject *args, PyObject *kwargs,
                  PyObject *code, long offset);

/* Take what is needed from a dict: 0, or -1 with an exception. */
SHARED int prepare_calls(PyObject *given);

#endif
