/* What the files of this directory know of the Python classes: their slots, and a few objects. */

#ifndef ZONDA_CLASSES_H
#define ZONDA_CLASSES_H

#include "slots.h"

/* Set once, by `prepare_classes`. */
struct classes {
    PyTypeObject *delegate, *request, *headers, *block, *application, *route, *handler;
    PyObject *ready;
    Py_ssize_t d_application, d_chunks, d_connection, d_context, d_receiver, d_route;
    Py_ssize_t d_server_connection, d_handler, d_request;
    Py_ssize_t method, uri, version, r_headers, body, connection, server_connection, start_time;
    Py_ssize_t known, source, early;
    Py_ssize_t content_type, finished, headers_written, made_headers, new_cookies, reason;
    Py_ssize_t status_code, write_buffer, h_application, h_request, path_args, path_kwargs;
    PyObject *get, *post, *put, *patch, *delete_;    /* names of methods */
    PyObject *empty_bytes, *empty_tuple, *ok;
};

SHARED struct classes py;

/* Take what is needed from a dict: 0, or -1 with an exception. */
SHARED int prepare_classes(PyObject *given);

/* 1 if an attribute is the object that is expected, 0 if not, -1 with an exception. */
static inline int
attribute_is(PyObject *object, PyObject *name, PyObject *expected)
{
    PyObject *value = PyObject_GetAttr(object, name);
    if (value == NULL)
        return -1;
    Py_DECREF(value);
    return value == expected;
}

/* The name of the method for a request's verb: a borrowed reference, or NULL for verbs that are
   rare. */
static inline PyObject *
verb_of(PyObject *request)
{
    PyObject *method = SLOT(request, py.method);
    struct { const char *verb; PyObject *name; } verbs[] = {
        {"GET", py.get}, {"POST", py.post}, {"PUT", py.put}, {"PATCH", py.patch},
        {"DELETE", py.delete_},
    };
    if (method != NULL && PyUnicode_CheckExact(method))
        for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++)
            if (PyUnicode_CompareWithASCIIString(method, verbs[i].verb) == 0)
                return verbs[i].name;
    return NULL;
}

#endif
