/* Reads that have to wait, since nothing is there yet. */

#include "classes.h"

/* What is replaced. */
static struct {
    PyObject *read_until, *read_bytes;
} python;

static struct {
    PyObject *create_future, *max_bytes, *partial, *read;
} s;

/* Let *wish* wait, as StreamConnection.read does. */
static PyObject *
begin_read(PyObject *connection, PyObject *wish)
{
    PyObject *loop = SLOT(connection, py.loop);
    if (loop == NULL || SLOT(connection, py.reader) != Py_None ||
        SLOT(connection, py.eof) != Py_False || SLOT(connection, py.reading_paused) != Py_False ||
        !has_read_all(connection))
        return PyObject_CallMethodOneArg(connection, s.read, wish);
    PyObject *future = PyObject_CallMethodNoArgs(loop, s.create_future);
    if (future != NULL) {
        set_slot(connection, py.read, wish);
        set_slot(connection, py.reader, future);
    }
    return future;
}

/* The second of two arguments, which may be given by its name, or what it is by default: a borrowed
   reference, or NULL if there are others. */
static PyObject *
second(PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames, PyObject *name,
       PyObject *by_default)
{
    if (kwnames == NULL)
        return nargs == 1 ? by_default : nargs == 2 ? args[1] : NULL;
    return nargs == 1 && PyTuple_GET_SIZE(kwnames) == 1 && PyTuple_GET_ITEM(kwnames, 0) == name
               ? args[1]
               : NULL;
}

/* BaseIOStream.read_until(delimiter, max_bytes=None), with what the read before was given too */
static PyObject *
read_until(PyObject *self, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    PyObject *connection = connection_of(self), *wish = SLOT(self, py.last_wish);
    PyObject *max_bytes = second(args, nargs, kwnames, s.max_bytes, Py_None);
    if (max_bytes == NULL || max_bytes != SLOT(self, py.last_max_bytes) || connection == NULL ||
        wish == NULL || !Py_IS_TYPE(wish, py.until_read) ||
        SLOT(wish, py.delimiter) != args[0] || SLOT(self, py.begun) != Py_True)
        return call_method_function(python.read_until, self, args, nargs, kwnames);
    Py_INCREF(wish);
    Py_INCREF(connection);
    set_slot(wish, py.seen, py.zero);
    PyObject *future = begin_read(connection, wish);
    Py_DECREF(connection);
    Py_DECREF(wish);
    return future;
}

/* A `ReadBytes`, as its class makes it. */
static PyObject *
new_bytes_read(PyObject *count, PyObject *partial)
{
    PyObject *wish = py.bytes_read->tp_alloc(py.bytes_read, 0), *least = count;
    if (wish == NULL)
        return NULL;
    if (partial == Py_True && (least = PyLong_FromLong(1)) == NULL) {
        Py_DECREF(wish);
        return NULL;
    }
    set_slot(wish, py.count, count);
    set_slot(wish, py.least, least);
    if (least != count)
        Py_DECREF(least);
    return wish;
}

/* BaseIOStream.read_bytes(num_bytes, partial=False) */
static PyObject *
read_bytes(PyObject *self, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    PyObject *connection = connection_of(self);
    PyObject *partial = second(args, nargs, kwnames, s.partial, Py_False);
    Py_ssize_t count = -1;
    if ((partial == Py_True || partial == Py_False) && PyLong_CheckExact(args[0])) {
        count = PyLong_AsSsize_t(args[0]);
        if (count == -1 && PyErr_Occurred())
            PyErr_Clear();
    }
    if (count < 1 || count > number_in(self, py.max_buffer_size) || connection == NULL ||
        SLOT(self, py.begun) != Py_True)
        return call_method_function(python.read_bytes, self, args, nargs, kwnames);
    PyObject *wish = new_bytes_read(args[0], partial);
    if (wish == NULL)
        return NULL;
    Py_INCREF(connection);
    PyObject *future = begin_read(connection, wish);
    Py_DECREF(connection);
    Py_DECREF(wish);
    return future;
}

static PyMethodDef methods[] = {
    {"read_until", FAST(read_until), METH_FASTCALL | METH_KEYWORDS,
     PyDoc_STR("read_until($self, delimiter, max_bytes=None)\n--\n\n"
               "Read up to and with *delimiter*.")},
    {"read_bytes", FAST(read_bytes), METH_FASTCALL | METH_KEYWORDS,
     PyDoc_STR("read_bytes($self, num_bytes, partial=False)\n--\n\n"
               "Read *num_bytes* bytes; when *partial*, so many of them as come first.")},
};

int
replace_asking(void)
{
    const struct name names[] = {
        {&s.create_future, "create_future"}, {&s.max_bytes, "max_bytes"},
        {&s.partial, "partial"}, {&s.read, "read"},
    };
    if (intern_all(names, COUNT(names)) < 0)
        return -1;
    python.read_until = replace_method((PyObject *)py.stream, &methods[0]);
    python.read_bytes = replace_method((PyObject *)py.stream, &methods[1]);
    return python.read_until != NULL && python.read_bytes != NULL ? 0 : -1;
}
