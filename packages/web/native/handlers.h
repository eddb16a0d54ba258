/* What the files of this directory do for each other with handlers.

   `prepare_...` and `replace_...` take what they need from a dict, after `prepare_classes`; the
   latter replace methods as well.  They give 0, or -1 with an exception. */

#ifndef ZONDA_HANDLERS_H
#define ZONDA_HANDLERS_H

#include "classes.h"

/* For a method in C whose arguments come in an array, and by name. */
#define FLAGS (METH_FASTCALL | METH_KEYWORDS)
#define FUNCTION(name) (PyCFunction)(void (*)(void))(name)

/* A handler for a request: a new reference. */
SHARED PyObject *new_handler(PyObject *handler_class, PyObject *kwargs, PyObject *application,
                             PyObject *request);
SHARED int prepare_new_handler(PyObject *given);

/* Have a handler run by whatever its application has for that: 0, or -1 with an exception. */
SHARED int run_handler(PyObject *application, PyObject *handler, PyObject *route);
SHARED int prepare_execution(PyObject *given);

SHARED int replace_request_delegate(PyObject *given);
SHARED int replace_writing(PyObject *given);
SHARED int replace_finish(PyObject *given);

#endif
