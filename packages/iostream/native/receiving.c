/* Bytes that arrive: mostly they are exactly what somebody waits for. */

#include "classes.h"

/* What is needed of the Python code besides its classes. */
static struct {
    PyObject *data_received;  /* what is replaced */
    PyObject *set_result_now;
    Py_ssize_t at_once_size;
} python;

static struct {
    PyObject *done, *find, *set_result;
} s;

/* Where a delimiter lies first: -1 if nowhere, -2 with an exception. */
static Py_ssize_t
find(PyObject *data, PyObject *delimiter)
{
    const char *begin = PyBytes_AS_STRING(data), *at;
    if (PyBytes_GET_SIZE(delimiter) == 1) {
        at = memchr(begin, PyBytes_AS_STRING(delimiter)[0], (size_t)PyBytes_GET_SIZE(data));
        return at == NULL ? -1 : at - begin;
    }
    PyObject *found = PyObject_CallMethodOneArg(data, s.find, delimiter);
    if (found == NULL)
        return -2;
    Py_ssize_t place = PyLong_AsSsize_t(found);
    Py_DECREF(found);
    return place == -1 && PyErr_Occurred() ? -2 : place;
}

/* What `whole` finds out in Python: 1 if *data* is exactly what *read* waits for, 0 if it is not or
   nobody knows, -1 with an exception. */
static int
is_whole(PyObject *read, PyObject *data)
{
    Py_ssize_t size = PyBytes_GET_SIZE(data);
    if (Py_IS_TYPE(read, py.until_read)) {
        PyObject *delimiter = SLOT(read, py.delimiter);
        if (delimiter == NULL || !PyBytes_CheckExact(delimiter))
            return 0;
        Py_ssize_t at = find(data, delimiter);
        if (at < 0)
            return at == -2 ? -1 : 0;
        return at <= number_in(read, py.farthest) && at + PyBytes_GET_SIZE(delimiter) == size;
    }
    if (Py_IS_TYPE(read, py.bytes_read)) {
        Py_ssize_t least = number_in(read, py.least);
        return least >= 0 && least <= size && size <= number_in(read, py.count);
    }
    return 0;
}

/* Whether a future waits: 0 or 1, or -1 with an exception. */
static int
is_pending(PyObject *future)
{
    PyObject *done = PyObject_CallMethodNoArgs(future, s.done);
    if (done == NULL)
        return -1;
    int pending = done == Py_False;
    Py_DECREF(done);
    return pending;
}

/* StreamConnection.data_received(data) */
static PyObject *
data_received(PyObject *self, PyObject *data)
{
    PyObject *reader = SLOT(self, py.reader), *read = SLOT(self, py.read), *done;
    int known = 0;
    if (reader != NULL && reader != Py_None && read != NULL && PyBytes_CheckExact(data) &&
        has_read_all(self)) {
        Py_INCREF(reader);
        Py_INCREF(read);
        known = is_pending(reader);
        if (known == 1)
            known = is_whole(read, data);
        Py_DECREF(read);
        if (known < 1)
            Py_DECREF(reader);
    }
    if (known < 0)
        return NULL;
    if (!known) {
        PyObject *args[2] = {self, data};
        return PyObject_Vectorcall(python.data_received, args, 2, NULL);
    }
    set_slot(self, py.read, Py_None);
    set_slot(self, py.reader, Py_None);
    if (PyBytes_GET_SIZE(data) < python.at_once_size)
        done = PyObject_CallMethodOneArg(reader, s.set_result, data);
    else {
        PyObject *args[2] = {reader, data};
        done = PyObject_Vectorcall(python.set_result_now, args, 2, NULL);
    }
    Py_DECREF(reader);
    return done;
}

static PyMethodDef method = {
    "data_received", data_received, METH_O, PyDoc_STR("data_received($self, data)\n--\n\n"),
};

int
replace_receiving(PyObject *given)
{
    PyObject *at_once_size;
    const struct wanted wanted[] = {
        {"set_result_now", &python.set_result_now}, {"AT_ONCE_SIZE", &at_once_size},
    };
    const struct name names[] = {
        {&s.done, "done"}, {&s.find, "find"}, {&s.set_result, "set_result"},
    };
    if (take_all(given, wanted, COUNT(wanted)) < 0 || intern_all(names, COUNT(names)) < 0)
        return -1;
    python.at_once_size = PyLong_AsSsize_t(at_once_size);
    Py_DECREF(at_once_size);
    if (PyErr_Occurred())
        return -1;
    python.data_received = replace_method((PyObject *)py.connection, &method);
    return python.data_received == NULL ? -1 : 0;
}
