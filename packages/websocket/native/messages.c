/* The way of nearly every message through a websocket: a whole, plain frame that came in one read,
   to the owner's `on_message`; and a message that goes out uncompressed.

   Each function of this file replaces a method, and calls it where it cannot do the same; that is
   found out before anything was changed.  So what is unusual (fragments, control frames, compression,
   an error in a frame or in a text) is read by the Python code alone, and so is everything of a
   subclass of `Protocol`. */

#include "slots.h"
#include "frames.h"

/* What is needed of the Python classes; set once, by `replace`. */
static struct {
    PyTypeObject *protocol, *prepared, *codec_type;
    PyObject *next_event, *data_received, *deliver_small, *write_message, *write_prepared;
    PyObject *message_next, *side_open, *hold_nothing, *hold_writing, *transport_open;
    PyObject *policy_wait, *ready, *new_key;
    Py_ssize_t data, position, reading, masked, max_size, codec, masking, protocol_state;
    Py_ssize_t heard, hold, protocol_of, on_message, delivering, batch, policy;
    Py_ssize_t writing_paused, state, transport, plain, payload, threshold;
    Py_ssize_t batch_size;
} py;

static PyObject *s_owner_failed, *s_wait_for, *s_deliver_all, *s_write, *s_write_frame;
static PyObject *s_collect_for_a_turn, *s_room;

/* What comes in. */

/* The message at *position* of *data*, and where it ends; NULL, without an exception, if what is
   there is not an ordinary one. */
static PyObject *
read_message(PyObject *protocol, PyObject *data, Py_ssize_t position, Py_ssize_t *end)
{
    whole_frame frame;
    PyObject *limit = SLOT(protocol, py.max_size);
    if (SLOT(protocol, py.reading) != py.message_next || !PyBytes_CheckExact(data) ||
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
    return PyObject_CallOneArg(py.next_event, self);
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
        if (SLOT(self, py.writing_paused) == Py_True && SLOT(self, py.policy) == py.policy_wait)
            set_slot(self, py.hold, py.hold_writing);
    }
    else if (waiting != NULL && waiting != py.ready) {
        PyObject *done = PyObject_CallMethodOneArg(self, s_wait_for, waiting);
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
    PyObject *done = PyObject_CallMethodOneArg(self, s_owner_failed, error);
    Py_DECREF(error);
    Py_XDECREF(done);
    return done == NULL ? -1 : 0;
}

static PyObject *
protocol_of(PyObject *self)
{
    PyObject *protocol = SLOT(self, py.protocol_of);
    return protocol != NULL && Py_IS_TYPE(protocol, py.protocol) ? protocol : NULL;
}

static int
may_deliver(PyObject *self, PyObject *protocol)
{
    return SLOT(self, py.hold) == py.hold_nothing &&
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
        return PyObject_Vectorcall(py.data_received, args, 2, NULL);
    }
    set_slot(self, py.heard, Py_True);
    set_slot(protocol, py.data, data);
    int done = set_position(protocol, end);
    if (done == 0) {
        set_slot(self, py.delivering, Py_True);
        if (end == PyBytes_GET_SIZE(data))
            done = deliver(self, message);
        else {
            PyObject *delivered = PyObject_CallMethodOneArg(self, s_deliver_all, message);
            done = delivered == NULL ? -1 : 0;
            Py_XDECREF(delivered);
        }
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
        return PyObject_Vectorcall(py.deliver_small, args, 2, NULL);
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

/* What goes out. */

/* Whether a message of that size is sent as it is. */
static int
stays_plain(PyObject *protocol, Py_ssize_t size)
{
    PyObject *codec = SLOT(protocol, py.codec), *threshold;
    if (codec == Py_None || codec == NULL)
        return codec == Py_None;
    if (!Py_IS_TYPE(codec, py.codec_type) || (threshold = SLOT(codec, py.threshold)) == NULL ||
        !PyLong_CheckExact(threshold))
        return 0;
    Py_ssize_t least = PyLong_AsSsize_t(threshold);
    if (least == -1 && PyErr_Occurred()) {
        PyErr_Clear();
        return 0;
    }
    return size < least;
}

/* The bytes of a message and the first one of its frame: a new reference to what holds them, or NULL,
   without an exception, if the Python method is to see to it. */
static PyObject *
payload_of(PyObject *message, PyObject *binary, const char **payload, Py_ssize_t *size,
           unsigned char *first)
{
    if (binary != Py_True && binary != Py_False)
        return NULL;
    *first = binary == Py_True ? WHOLE_BINARY : WHOLE_TEXT;
    if (PyUnicode_CheckExact(message)) {
        if (PyUnicode_IS_COMPACT_ASCII(message)) {
            *payload = (const char *)PyUnicode_1BYTE_DATA(message);
            *size = PyUnicode_GET_LENGTH(message);
            Py_INCREF(message);
            return message;
        }
        message = PyUnicode_AsUTF8String(message);
        if (message == NULL) {
            PyErr_Clear();
            return NULL;
        }
    }
    else if (PyBytes_CheckExact(message) && binary == Py_True)
        Py_INCREF(message);
    else
        return NULL;
    *payload = PyBytes_AS_STRING(message);
    *size = PyBytes_GET_SIZE(message);
    return message;
}

/* Write, or collect, a frame: 0, or -1 with an exception. */
static int
put_frame(PyObject *self, unsigned char first, const char *payload, Py_ssize_t size,
          const char *key)
{
    Py_ssize_t length = header_size(size, key != NULL) + size;
    PyObject *batch = SLOT(self, py.batch), *done;
    if (batch != NULL && PyByteArray_CheckExact(batch) &&
        PyByteArray_GET_SIZE(batch) + length <= py.batch_size) {
        Py_ssize_t before = PyByteArray_GET_SIZE(batch);
        if (PyByteArray_Resize(batch, before + length) < 0)
            return -1;
        write_frame(PyByteArray_AS_STRING(batch) + before, first, payload, size, key);
        return 0;
    }
    PyObject *frame = PyBytes_FromStringAndSize(NULL, length);
    if (frame == NULL)
        return -1;
    write_frame(PyBytes_AS_STRING(frame), first, payload, size, key);
    if (batch != Py_None)
        done = PyObject_CallMethodOneArg(self, s_write_frame, frame);
    else {
        PyObject *transport = SLOT(self, py.transport);
        Py_INCREF(transport);
        done = PyObject_CallMethodOneArg(transport, s_write, frame);
        Py_DECREF(transport);
        if (done != NULL && SLOT(self, py.delivering) != Py_True) {
            Py_DECREF(done);
            done = PyObject_CallMethodNoArgs(self, s_collect_for_a_turn);
        }
    }
    Py_DECREF(frame);
    Py_XDECREF(done);
    return done == NULL ? -1 : 0;
}

/* What writing returns. */
static PyObject *
room(PyObject *self)
{
    if (SLOT(self, py.writing_paused) != Py_False)
        return PyObject_CallMethodNoArgs(self, s_room);
    Py_INCREF(py.ready);
    return py.ready;
}

/* MessageWriter.write_message(message, binary) */
static PyObject *
write_message(PyObject *self, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    PyObject *protocol = protocol_of(self), *holder = NULL, *key = NULL;
    const char *payload;
    Py_ssize_t size;
    unsigned char first;
    if (kwnames == NULL && nargs == 2 && protocol != NULL &&
        SLOT(self, py.writing_paused) == Py_False && SLOT(self, py.state) == py.transport_open &&
        SLOT(protocol, py.protocol_state) == py.side_open && SLOT(self, py.transport) != NULL)
        holder = payload_of(args[0], args[1], &payload, &size, &first);
    if (holder != NULL && !stays_plain(protocol, size))
        Py_CLEAR(holder);
    if (holder == NULL)
        return call_method_function(py.write_message, self, args, nargs, kwnames);
    int done = 0;
    if (SLOT(protocol, py.masking) == Py_True) {
        key = PyObject_CallNoArgs(py.new_key);
        if (key == NULL || !PyBytes_CheckExact(key) || PyBytes_GET_SIZE(key) != 4) {
            if (key != NULL)
                PyErr_SetString(PyExc_TypeError, "a masking key is four bytes");
            done = -1;
        }
    }
    if (done == 0)
        done = put_frame(self, first, payload, size, key == NULL ? NULL : PyBytes_AS_STRING(key));
    Py_XDECREF(key);
    Py_DECREF(holder);
    return done < 0 ? NULL : room(self);
}

/* MessageWriter.write_prepared(message) */
static PyObject *
write_prepared(PyObject *self, PyObject *message)
{
    PyObject *protocol = protocol_of(self), *transport = SLOT(self, py.transport);
    PyObject *payload, *frame;
    if (protocol == NULL || transport == NULL || !Py_IS_TYPE(message, py.prepared) ||
        (frame = SLOT(message, py.plain)) == NULL || !PyBytes_CheckExact(frame) ||
        (payload = SLOT(message, py.payload)) == NULL || !PyBytes_CheckExact(payload) ||
        SLOT(self, py.writing_paused) != Py_False || SLOT(self, py.state) != py.transport_open ||
        SLOT(self, py.batch) != Py_None || SLOT(protocol, py.protocol_state) != py.side_open ||
        SLOT(protocol, py.masking) != Py_False ||
        !stays_plain(protocol, PyBytes_GET_SIZE(payload))) {
        PyObject *args[2] = {self, message};
        return PyObject_Vectorcall(py.write_prepared, args, 2, NULL);
    }
    Py_INCREF(transport);
    Py_INCREF(frame);
    PyObject *done = PyObject_CallMethodOneArg(transport, s_write, frame);
    Py_DECREF(frame);
    Py_DECREF(transport);
    if (done == NULL)
        return NULL;
    Py_DECREF(done);
    return room(self);
}

/* mask(data, key) */
static PyObject *
mask(PyObject *Py_UNUSED(module), PyObject *const *args, Py_ssize_t nargs)
{
    Py_buffer data, key;
    PyObject *result = NULL;
    if (nargs != 2) {
        PyErr_SetString(PyExc_TypeError, "mask takes the data and a key");
        return NULL;
    }
    if (PyObject_GetBuffer(args[0], &data, PyBUF_SIMPLE) < 0)
        return NULL;
    if (PyObject_GetBuffer(args[1], &key, PyBUF_SIMPLE) == 0) {
        if (key.len != 4)
            PyErr_Format(PyExc_ValueError, "a masking key has 4 bytes, not %zd", key.len);
        else if ((result = PyBytes_FromStringAndSize(NULL, data.len)) != NULL && data.len > 0)
            combine(PyBytes_AS_STRING(result), data.buf, data.len, key.buf);
        PyBuffer_Release(&key);
    }
    PyBuffer_Release(&data);
    return result;
}

/* The module. */

static PyMethodDef receiver_methods[] = {
    {"next_event", next_event, METH_NOARGS, NULL},
};
static PyMethodDef connection_methods[] = {
    {"data_received", data_received, METH_O, NULL},
    {"_deliver_small", deliver_small, METH_O, NULL},
};
static PyMethodDef writer_methods[] = {
    {"write_message", (PyCFunction)(void (*)(void))write_message, METH_FASTCALL | METH_KEYWORDS,
     PyDoc_STR("write_message($self, message, binary)\n--\n\n")},
    {"write_prepared", write_prepared, METH_O, PyDoc_STR("write_prepared($self, message, /)\n--\n\n")},
};

#define TAKE(field, name)                                                                          \
    do {                                                                                           \
        py.field = PyDict_GetItemString(given, name);                                              \
        if (py.field == NULL) {                                                                    \
            PyErr_SetString(PyExc_KeyError, name);                                                 \
            return NULL;                                                                           \
        }                                                                                          \
        Py_INCREF(py.field);                                                                       \
    } while (0)
#define FIND(field, type, name)                                                                    \
    do {                                                                                           \
        if ((py.field = slot_offset(type, name)) < 0)                                              \
            return NULL;                                                                           \
    } while (0)

/* replace(given): use the functions above in the classes that are given by name. */
static PyObject *
replace(PyObject *Py_UNUSED(module), PyObject *given)
{
    if (!PyDict_Check(given)) {
        PyErr_SetString(PyExc_TypeError, "a dict is wanted");
        return NULL;
    }
    PyObject *protocol = PyDict_GetItemString(given, "Protocol");
    PyObject *receiver = PyDict_GetItemString(given, "Receiver");
    PyObject *connection = PyDict_GetItemString(given, "WebSocketConnection");
    PyObject *writer = PyDict_GetItemString(given, "MessageWriter");
    PyObject *prepared = PyDict_GetItemString(given, "PreparedMessage");
    PyObject *codec = PyDict_GetItemString(given, "Codec");
    PyObject *batch_size = PyDict_GetItemString(given, "BATCH_SIZE");
    if (protocol == NULL || receiver == NULL || connection == NULL || writer == NULL ||
        prepared == NULL || codec == NULL || batch_size == NULL) {
        PyErr_SetString(PyExc_KeyError, "a class or the size of a batch is missing");
        return NULL;
    }
    py.batch_size = PyLong_AsSsize_t(batch_size);
    if (py.batch_size == -1 && PyErr_Occurred())
        return NULL;
    TAKE(message_next, "MESSAGE"); TAKE(side_open, "OPEN"); TAKE(hold_nothing, "NOTHING");
    TAKE(hold_writing, "WRITING"); TAKE(transport_open, "TRANSPORT_OPEN");
    TAKE(policy_wait, "WAIT"); TAKE(ready, "READY"); TAKE(new_key, "new_key");
    FIND(data, protocol, "_data"); FIND(position, protocol, "_position");
    FIND(reading, protocol, "_reading"); FIND(masked, protocol, "_masked");
    FIND(max_size, protocol, "_max_size"); FIND(codec, protocol, "_codec");
    FIND(masking, protocol, "_masking"); FIND(protocol_state, protocol, "state");
    FIND(heard, connection, "_heard"); FIND(hold, connection, "_hold");
    FIND(protocol_of, connection, "_protocol"); FIND(on_message, connection, "_on_message");
    FIND(delivering, connection, "_delivering"); FIND(batch, connection, "_batch");
    FIND(policy, connection, "_policy"); FIND(writing_paused, connection, "_writing_paused");
    FIND(state, connection, "state"); FIND(transport, connection, "transport");
    FIND(plain, prepared, "_plain"); FIND(payload, prepared, "payload");
    FIND(threshold, codec, "threshold");
    Py_INCREF(protocol);
    py.protocol = (PyTypeObject *)protocol;
    Py_INCREF(prepared);
    py.prepared = (PyTypeObject *)prepared;
    Py_INCREF(codec);
    py.codec_type = (PyTypeObject *)codec;
    if ((py.next_event = replace_method(receiver, &receiver_methods[0])) == NULL ||
        (py.data_received = replace_method(connection, &connection_methods[0])) == NULL ||
        (py.deliver_small = replace_method(connection, &connection_methods[1])) == NULL ||
        (py.write_message = replace_method(writer, &writer_methods[0])) == NULL ||
        (py.write_prepared = replace_method(writer, &writer_methods[1])) == NULL)
        return NULL;
    Py_RETURN_NONE;
}

static PyMethodDef functions[] = {
    {"mask", (PyCFunction)(void (*)(void))mask, METH_FASTCALL,
     PyDoc_STR("mask($module, data, key, /)\n--\n\n")},
    {"replace", replace, METH_O, PyDoc_STR("replace($module, given, /)\n--\n\n")},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef definition = {
    PyModuleDef_HEAD_INIT, .m_name = "zonda.websocket._native", .m_size = -1,
    .m_methods = functions,
};

PyMODINIT_FUNC
PyInit__native(void)
{
    if ((s_owner_failed = PyUnicode_InternFromString("owner_failed")) == NULL ||
        (s_wait_for = PyUnicode_InternFromString("_wait_for")) == NULL ||
        (s_deliver_all = PyUnicode_InternFromString("_deliver_all")) == NULL ||
        (s_write = PyUnicode_InternFromString("write")) == NULL ||
        (s_write_frame = PyUnicode_InternFromString("_write")) == NULL ||
        (s_collect_for_a_turn = PyUnicode_InternFromString("_collect_for_a_turn")) == NULL ||
        (s_room = PyUnicode_InternFromString("_room")) == NULL)
        return NULL;
    return PyModule_Create(&definition);
}
