/* What the files of this directory know of the Python classes: their slots, and values of some. */

#ifndef ZONDA_CLASSES_H
#define ZONDA_CLASSES_H

#include "slots.h"

#define FAST(function) ((PyCFunction)(void (*)(void))(function))

/* Set once, by `prepare_classes`. */
struct classes {
    PyTypeObject *stream, *connection, *buffer_type, *queue, *read_type, *bytes_read, *until_read;
    PyObject *ready, *zero;
    Py_ssize_t begun, connection_of, max_buffer_size, at_once, last_max_bytes, last_wish;
    Py_ssize_t loop, reading_paused, read, reader, eof, ended, buffer, writes; /* of a connection */
    Py_ssize_t size;                                                 /* of a ReadBuffer */
    Py_ssize_t idle, transport;                                      /* of a WriteQueue */
    Py_ssize_t least, count, delimiter, farthest, seen;              /* of a Read */
};

SHARED struct classes py;

/* Take what is needed from a dict: 0, or -1 with an exception. */
SHARED int prepare_classes(PyObject *given);

/* Replace methods, and take what else is needed, after `prepare_classes`: as above. */
SHARED int replace_receiving(PyObject *given);
SHARED int replace_asking(void);
SHARED int replace_writing(void);

/* Whether a connection has received nothing that is not read yet. */
static inline int
has_read_all(PyObject *connection)
{
    PyObject *buffer = SLOT(connection, py.buffer);
    return buffer != NULL && Py_IS_TYPE(buffer, py.buffer_type) && SLOT(buffer, py.size) == py.zero;
}

/* The connection of a stream, a borrowed reference; NULL if there is something else. */
static inline PyObject *
connection_of(PyObject *stream)
{
    PyObject *connection = SLOT(stream, py.connection_of);
    return connection != NULL && Py_IS_TYPE(connection, py.connection) ? connection : NULL;
}

/* A slot with a number that is not negative; -1, without an exception, if it holds none. */
static inline Py_ssize_t
number_in(PyObject *object, Py_ssize_t offset)
{
    PyObject *number = SLOT(object, offset);
    if (number == NULL || !PyLong_CheckExact(number))
        return -1;
    Py_ssize_t value = PyLong_AsSsize_t(number);
    if (value == -1 && PyErr_Occurred())
        PyErr_Clear();
    return value;
}

#endif
