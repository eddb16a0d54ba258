/* Arguments of a method, to be kept or passed on. */

#ifndef ZONDA_ARGUMENTS_H
#define ZONDA_ARGUMENTS_H

#include "slots.h"

#define FAST(function) ((PyCFunction)(void (*)(void))(function))

/* Positional arguments as a tuple. */
static inline PyObject *
tuple_of(PyObject *const *values, Py_ssize_t size)
{
    PyObject *tuple = PyTuple_New(size);
    for (Py_ssize_t i = 0; tuple != NULL && i < size; i++) {
        Py_INCREF(values[i]);
        PyTuple_SET_ITEM(tuple, i, values[i]);
    }
    return tuple;
}

/* Named arguments as a dict. */
static inline PyObject *
dict_of(PyObject *names, PyObject *const *values)
{
    PyObject *dict = PyDict_New();
    for (Py_ssize_t i = 0; dict != NULL && i < PyTuple_GET_SIZE(names); i++)
        if (PyDict_SetItem(dict, PyTuple_GET_ITEM(names, i), values[i]) < 0)
            Py_CLEAR(dict);
    return dict;
}

/* Let the method that was replaced do it, with any number of arguments. */
static inline PyObject *
in_python(PyObject *function, PyObject *self, PyObject *const *args, Py_ssize_t nargs,
          PyObject *kwnames)
{
    PyObject *method = PyMethod_New(function, self);
    PyObject *done =
        method == NULL ? NULL : PyObject_Vectorcall(method, args, (size_t)nargs, kwnames);
    Py_XDECREF(method);
    return done;
}

#endif
