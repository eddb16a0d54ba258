/* ClientConnection.data_received: an answer that came in one piece goes to its fetch. */

#include "fetches.h"
#include "response_head.h"
#include <string.h>

static PyObject *python_data_received;  /* what is replaced */

/* Whether an exchange waits for the head of its answer, and its connection will be kept. */
static int
waits_for_head(PyObject *self)
{
    PyObject *buffer = SLOT(self, py.buffer), *exchange = SLOT(self, py.exchange);
    return SLOT(self, py.c_phase) == py.head_phase && Py_IS_TYPE(exchange, py.fetch) &&
           SLOT(self, py.sending) == py.all_sent && SLOT(self, py.owner) != NULL &&
           Py_IS_TYPE(SLOT(self, py.owner), py.pool) && buffer != NULL &&
           PyByteArray_CheckExact(buffer) && PyByteArray_GET_SIZE(buffer) == 0 &&
           Py_IS_TYPE(SLOT(self, py.last_head), py.head);
}

/* Whether an answer of that size may come in one piece, and has this head. */
static int
is_whole_with(PyObject *self, PyObject *head, Py_ssize_t size)
{
    return SLOT(head, py.keeps) == Py_True && size_of(SLOT(head, py.whole)) == size &&
           size <= size_of(SLOT(SLOT(self, py.exchange), py.takes_whole));
}

/* The head of a whole answer, that of the one before if it is the same: a new reference, or NULL,
   where an exception may be set. */
static PyObject *
head_of(PyObject *self, PyObject *data)
{
    PyObject *head = SLOT(self, py.last_head), *raw = SLOT(head, py.raw);
    const char *text = PyBytes_AS_STRING(data);
    Py_ssize_t size = PyBytes_GET_SIZE(data);
    if (raw == NULL || !PyBytes_CheckExact(raw) || SLOT(head, py.start_line) == NULL)
        return NULL;
    if (is_whole_with(self, head, size) && PyBytes_GET_SIZE(raw) <= size &&
        memcmp(text, PyBytes_AS_STRING(raw), (size_t)PyBytes_GET_SIZE(raw)) == 0) {
        Py_INCREF(head);
        return head;
    }
    Py_ssize_t end = end_of_head(text, size);
    if (end < 0 || end - 4 > size_of(SLOT(self, py.max_header_size)))
        return NULL;
    head = read_response_head(text, end, head);
    if (head != NULL && !is_whole_with(self, head, size))
        Py_CLEAR(head);
    return head;
}

/* Hand over a whole answer: 0, or -1 with an exception. */
static int
finish_whole(PyObject *self, PyObject *head, PyObject *data)
{
    Py_ssize_t size = PyBytes_GET_SIZE(SLOT(head, py.raw));
    PyObject *body =
        PyBytes_FromStringAndSize(PyBytes_AS_STRING(data) + size, PyBytes_GET_SIZE(data) - size);
    if (body == NULL)
        return -1;
    PyObject *exchange = SLOT(self, py.exchange), *owner = SLOT(self, py.owner);
    Py_INCREF(exchange);
    Py_INCREF(owner);
    set_slot(self, py.answered, Py_True);
    set_slot(self, py.last_head, head);
    set_slot(self, py.exchange, Py_None);
    set_slot(self, py.c_phase, py.idle_phase);
    int done = release(owner, self);
    if (done == 0)
        done = whole_received(exchange, SLOT(head, py.start_line), SLOT(head, py.block_of), body);
    Py_DECREF(body);
    Py_DECREF(exchange);
    Py_DECREF(owner);
    return done;
}

/* ClientConnection.data_received(data) */
static PyObject *
connection_data_received(PyObject *self, PyObject *data)
{
    PyObject *head = NULL;
    if (Py_IS_TYPE(self, py.connection) && PyBytes_CheckExact(data) && waits_for_head(self))
        head = head_of(self, data);
    if (head == NULL)
        return PyErr_Occurred() ? NULL
                                : call_method_function(python_data_received, self, &data, 1, NULL);
    int done = finish_whole(self, head, data);
    Py_DECREF(head);
    if (done < 0)
        return NULL;
    Py_RETURN_NONE;
}

static PyMethodDef data_received_method = {
    "data_received", connection_data_received, METH_O,
    PyDoc_STR("data_received($self, data, /)\n--\n\nBytes of the server."),
};

int
replace_data_received(void)
{
    python_data_received = replace_method((PyObject *)py.connection, &data_received_method);
    return python_data_received == NULL ? -1 : 0;
}
