/* What is written while nothing waits to be sent: it goes to the transport. */

#include "classes.h"

static PyObject *python_write;  /* what is replaced */

static struct {
    PyObject *sent, *write;
} s;

/* The queue of a connection through which *data* can go at once, a borrowed reference, or NULL. */
static PyObject *
idle_queue(PyObject *self, PyObject *data)
{
    PyObject *connection = connection_of(self), *queue;
    if (connection == NULL || !PyBytes_CheckExact(data) ||
        PyBytes_GET_SIZE(data) > number_in(self, py.at_once) ||
        SLOT(connection, py.ended) != Py_False || !has_read_all(connection))
        return NULL;
    queue = SLOT(connection, py.writes);
    if (queue == NULL || !Py_IS_TYPE(queue, py.queue) || SLOT(queue, py.idle) != Py_True ||
        SLOT(queue, py.transport) == NULL)
        return NULL;
    return queue;
}

/* BaseIOStream.write(data) */
static PyObject *
write_data(PyObject *self, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    PyObject *queue = nargs == 1 && kwnames == NULL ? idle_queue(self, args[0]) : NULL;
    if (queue == NULL)
        return call_method_function(python_write, self, args, nargs, kwnames);
    PyObject *transport = SLOT(queue, py.transport), *result = NULL;
    Py_INCREF(queue);
    Py_INCREF(transport);
    PyObject *done = PyObject_CallMethodOneArg(transport, s.write, args[0]);
    Py_DECREF(transport);
    if (done != NULL) {
        Py_DECREF(done);
        if (SLOT(queue, py.idle) == Py_True) {
            Py_INCREF(py.ready);
            result = py.ready;
        }
        else
            result = PyObject_CallMethodNoArgs(queue, s.sent);
    }
    Py_DECREF(queue);
    return result;
}

static PyMethodDef method = {
    "write", FAST(write_data), METH_FASTCALL | METH_KEYWORDS,
    PyDoc_STR("write($self, data)\n--\n\nSend *data*."),
};

int
replace_writing(void)
{
    const struct name names[] = {{&s.sent, "sent"}, {&s.write, "write"}};
    if (intern_all(names, COUNT(names)) < 0)
        return -1;
    python_write = replace_method((PyObject *)py.stream, &method);
    return python_write == NULL ? -1 : 0;
}
