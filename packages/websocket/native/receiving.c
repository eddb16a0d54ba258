/* What comes in: a whole, plain frame that came in one read goes to the owner's `on_message`. */

#include "frames.h"
#include "messages.h"

/* What is needed of the Python code besides its classes. */
static struct {
    PyObject *next_event, *data_received, *deliver_small;  /* what is replaced */
    PyObject *message_next, *hold_nothing, *hold_writing, *policy_wait;
} python;

static struct {
    PyObject *owner_failed, *wait_for, *deliver_all;
} s;

/* The message at *position* of *data*, and where it ends; NULL, without an exception, if what is
   there is not an ordinary one. */
static PyObject *
read_message(PyObject *protocol, PyObject *data, Py_ssize_t position, Py_ssize_t *end)
{
    whole_frame frame;
    PyObject *limit = SLOT(protocol, py.max_size);
    if (SLOT(protocol, py.reading) != python.message_next || !PyBytes_CheckExact(data) ||
        limit == NULL || !PyLong_CheckExact(limit))
        return NULL;
    Py_ssize_t max_size = PyLong_AsSsize_t(limit);
    if (max_size == -1 && PyErr_Occurred()) {
        PyErr_Clear();
        return NULL;
    }
    if (!find_frame(&frame, PyBytes_AS_STRING(data), position, PyBytes_GET_SIZE(data),
                    SLOT(protocol, py.masked) == Py_True, max_size))
        return NULL;
    PyObject *message = message_of(&frame);
    if (message == NULL)
        PyErr_Clear();
    *end = frame.end;
    return message;
}

/* Where the next frame begins: -1, without an exception, if that cannot be known. */
static Py_ssize_t
position_of(PyObject *protocol)
{
    PyObject *position = SLOT(protocol, py.position);
    if (position == NULL || !PyLong_CheckExact(position))
        return -1;
    Py_ssize_t value = PyLong_AsSsize_t(position);
    if (value < 0)
        PyErr_Clear();
    return value;
}

/* Go on behind *end*: 0, or -1 with an exception. */
static int
set_position(PyObject *protocol, Py_ssize_t end)
{
    PyObject *position = PyLong_FromSsize_t(end);
    if (position == NULL)
        return -1;
    set_slot(protocol, py.position, position);
    Py_DECREF(position);
    return 0;
}

/* Receiver.next_event() */
static PyObject *
next_event(PyObject *self, PyObject *Py_UNUSED(ignored))
{
    PyObject *data = SLOT(self, py.data);
    Py_ssize_t end, position = position_of(self);
    if (data != NULL && position >= 0 && Py_IS_TYPE(self, py.protocol)) {
        PyObject *message = read_message(self, data, position, &end);
        if (message != NULL) {
            if (set_position(self, end) == 0)
                return message;
            Py_DECREF(message);
            return NULL;
        }
    }
    return PyObject_CallOneArg(python.next_event, self);
}

/* Give one message to the owner: 0, or -1 with an exception. */
static int
deliver(PyObject *self, PyObject *message)
{
    PyObject *on_message = SLOT(self, py.on_message);
    if (on_message == NULL) {
        PyErr_SetString(PyExc_AttributeError, "_on_message");
        return -1;
    }
    Py_INCREF(on_message);
    PyObject *waiting = PyObject_CallOneArg(on_message, message);
    Py_DECREF(on_message);
    if (waiting == Py_None) {
        if (SLOT(self, py.writing_paused) == Py_True && SLOT(self, py.policy) == python.policy_wait)
            set_slot(self, py.hold, python.hold_writing);
    }
    else if (waiting != NULL && waiting != py.ready) {
        PyObject *done = PyObject_CallMethodOneArg(self, s.wait_for, waiting);
        Py_DECREF(waiting);
        waiting = done;
    }
    if (waiting != NULL) {
        Py_DECREF(waiting);
        return 0;
    }
    if (!PyErr_ExceptionMatches(PyExc_Exception))
        return -1;
    PyObject *error = take_exception();
    PyObject *done = PyObject_CallMethodOneArg(self, s.owner_failed, error);
    Py_DECREF(error);
    Py_XDECREF(done);
    return done == NULL ? -1 : 0;
}

/* Give it and, unless it is the *last* one, those behind it to the owner, with the context variables
   that it was made ready with: 0, or -1 with an exception. */
static int
deliver_in_context(PyObject *self, PyObject *message, int last)
{
    PyObject *context = SLOT(self, py.context);
    if (context == NULL) {
        PyErr_SetString(PyExc_AttributeError, "_context");
        return -1;
    }
    Py_INCREF(context);
    if (PyContext_Enter(context) < 0) {
        Py_DECREF(context);
        return -1;
    }
    int done;
    if (last)
        done = deliver(self, message);
    else {
        PyObject *delivered = PyObject_CallMethodOneArg(self, s.deliver_all, message);
        done = delivered == NULL ? -1 : 0;
        Py_XDECREF(delivered);
    }
    if (PyContext_Exit(context) < 0)
        done = -1;
    Py_DECREF(context);
    return done;
}

static int
may_deliver(PyObject *self, PyObject *protocol)
{
    return SLOT(self, py.hold) == python.hold_nothing &&
           SLOT(protocol, py.protocol_state) == py.side_open;
}

/* WebSocketConnection.data_received(data) */
static PyObject *
data_received(PyObject *self, PyObject *data)
{
    Py_ssize_t end;
    PyObject *protocol = protocol_of(self), *message = NULL;
    if (protocol != NULL && may_deliver(self, protocol)) {
        PyObject *before = SLOT(protocol, py.data);
        if (before != NULL && PyBytes_CheckExact(before) &&
            position_of(protocol) == PyBytes_GET_SIZE(before))
            message = read_message(protocol, data, 0, &end);
    }
    if (message == NULL) {
        PyObject *args[2] = {self, data};
        return PyObject_Vectorcall(python.data_received, args, 2, NULL);
    }
    set_slot(self, py.heard, Py_True);
    set_slot(protocol, py.data, data);
    int done = set_position(protocol, end);
    if (done == 0) {
        set_slot(self, py.delivering, Py_True);
        done = deliver_in_context(self, message, end == PyBytes_GET_SIZE(data));
        if (done == 0)
            set_slot(self, py.delivering, Py_False);
    }
    Py_DECREF(message);
    if (done < 0)
        return NULL;
    Py_RETURN_NONE;
}

/* WebSocketConnection._deliver_small(left) */
static PyObject *
deliver_small(PyObject *self, PyObject *left)
{
    PyObject *protocol = protocol_of(self);
    Py_ssize_t more = PyLong_AsSsize_t(left);
    if (more == -1 && PyErr_Occurred())
        return NULL;
    if (protocol == NULL) {
        PyObject *args[2] = {self, left};
        return PyObject_Vectorcall(python.deliver_small, args, 2, NULL);
    }
    int done = 0;
    Py_INCREF(protocol);
    while (done == 0 && more > 0 && may_deliver(self, protocol)) {
        PyObject *data = SLOT(protocol, py.data);
        Py_ssize_t end, position = position_of(protocol);
        if (data == NULL || position < 0)
            break;
        PyObject *message = read_message(protocol, data, position, &end);
        if (message == NULL)
            break;
        more--;
        done = set_position(protocol, end);
        if (done == 0)
            done = deliver(self, message);
        Py_DECREF(message);
    }
    Py_DECREF(protocol);
    return done < 0 ? NULL : PyLong_FromSsize_t(more);
}

static PyMethodDef next_event_method = {"next_event", next_event, METH_NOARGS, NULL};
static PyMethodDef connection_methods[] = {
    {"data_received", data_received, METH_O, NULL},
    {"_deliver_small", deliver_small, METH_O, NULL},
};

int
replace_receiving(PyObject *given)
{
    const struct wanted wanted[] = {
        {"MESSAGE", &python.message_next}, {"NOTHING", &python.hold_nothing},
        {"WRITING", &python.hold_writing}, {"WAIT", &python.policy_wait},
    };
    const struct name names[] = {
        {&s.owner_failed, "owner_failed"}, {&s.wait_for, "_wait_for"},
        {&s.deliver_all, "_deliver_all"},
    };
    if (take_all(given, wanted, COUNT(wanted)) < 0 || intern_all(names, COUNT(names)) < 0)
        return -1;
    PyObject *connection = (PyObject *)py.connection;
    python.next_event = replace_method((PyObject *)py.receiver, &next_event_method);
    python.data_received = replace_method(connection, &connection_methods[0]);
    python.deliver_small = replace_method(connection, &connection_methods[1]);
    return python.next_event != NULL && python.data_received != NULL &&
                   python.deliver_small != NULL ? 0 : -1;
}
