/* What the files of this directory have of each other, and how they take what they need. */

#ifndef ZONDA_CALLBACKS_H
#define ZONDA_CALLBACKS_H

#include "slots.h"

/* In callbacks.c. */
PyObject *zonda_tuple(PyObject *const *values, Py_ssize_t size);
PyObject *zonda_dict(PyObject *names, PyObject *const *values);
PyObject *zonda_in_python(PyObject *function, PyObject *self, PyObject *const *args,
                          Py_ssize_t nargs, PyObject *kwnames);
int zonda_run_in(PyObject *context, PyObject *callback, PyObject *args, PyObject *kwargs,
                 PyObject *code, long offset);

/* In timers.c. */
PyObject *zonda_replace_timers(PyObject *given);

#define FAST(function) ((PyCFunction)(void (*)(void))(function))

/* Something of the dict that `replace` is given; it lives as long as the program. */
#define TAKE(target, name)                                                                        \
    do {                                                                                          \
        if (((target) = PyDict_GetItemString(given, name)) == NULL) {                             \
            PyErr_SetString(PyExc_KeyError, name);                                                \
            return NULL;                                                                          \
        }                                                                                         \
        Py_INCREF(target);                                                                        \
    } while (0)

#define FIND(target, type, name)                                                                  \
    do {                                                                                          \
        if (((target) = slot_offset(type, name)) < 0)                                             \
            return NULL;                                                                          \
    } while (0)

#define REPLACE(before, type, definition)                                                         \
    do {                                                                                          \
        if (((before) = replace_method(type, definition)) == NULL)                                \
            return NULL;                                                                          \
    } while (0)

#endif
