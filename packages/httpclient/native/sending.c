/* ClientConnection.send: an exchange begins with all of its request. */

#include "fetches.h"

static PyObject *python_send;  /* what is replaced */
static PyObject *s_write, *zero;

int
send_head(PyObject *connection, PyObject *fetch, PyObject *method, PyObject *head)
{
    PyObject *transport = SLOT(connection, py.transport), *done;
    Py_ssize_t used = size_of(SLOT(connection, py.used));
    if (used < 0 || transport == NULL) {
        PyObject *args[3] = {fetch, method, head};
        done = call_method_function(python_send, connection, args, 3, NULL);
    }
    else if (set_size(connection, py.used, used + 1) < 0)
        done = NULL;
    else {
        set_slot(connection, py.exchange, fetch);
        set_slot(connection, py.method, method);
        set_slot(connection, py.c_phase, py.head_phase);
        set_slot(connection, py.interims, zero);
        set_slot(connection, py.sending, py.all_sent);
        set_slot(connection, py.c_deadline, py.never);
        set_slot(connection, py.answered, Py_False);
        Py_INCREF(transport);
        done = PyObject_CallMethodOneArg(transport, s_write, head);
        Py_DECREF(transport);
    }
    Py_XDECREF(done);
    return done == NULL ? -1 : 0;
}

/* ClientConnection.send(exchange, method, data, more=False) */
static PyObject *
connection_send(PyObject *self, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    if (!Py_IS_TYPE(self, py.connection) || nargs != 3 || kwnames != NULL)
        return call_method_function(python_send, self, args, nargs, kwnames);
    if (send_head(self, args[0], args[1], args[2]) < 0)
        return NULL;
    Py_RETURN_NONE;
}

static PyMethodDef send_method = {
    "send", (PyCFunction)(void (*)(void))connection_send, METH_FASTCALL | METH_KEYWORDS,
    PyDoc_STR("send($self, exchange, method, data, more=False)\n--\n\n"
              "Begin an exchange with the head of its request, or all of it."),
};

int
replace_send(void)
{
    if ((s_write = PyUnicode_InternFromString("write")) == NULL ||
        (zero = PyLong_FromLong(0)) == NULL)
        return -1;
    python_send = replace_method((PyObject *)py.connection, &send_method);
    return python_send == NULL ? -1 : 0;
}
