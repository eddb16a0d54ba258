/* What goes out: a message that is not compressed becomes a frame where it is to be, in what is
   gathered or for the transport. */

#include "frames.h"
#include "messages.h"

/* What is needed of the Python code besides its classes. */
static struct {
    PyObject *write_message, *write_prepared;  /* what is replaced */
    PyObject *new_key;
    Py_ssize_t gathered_size, large_piece;
} python;

static struct {
    PyObject *write, *send, *gather_for_a_turn, *room;
} s;

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

/* The bytes of a message and the first one of its frame: a new reference to what holds them, or
   NULL, without an exception, if the Python method is to see to it. */
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

/* Write, or gather, a frame: 0, or -1 with an exception. */
static int
put_frame(PyObject *self, unsigned char first, const char *payload, Py_ssize_t size,
          const char *key)
{
    Py_ssize_t length = header_size(size, key != NULL) + size;
    PyObject *gathered = SLOT(self, py.gathered), *done;
    if (gathered != NULL && PyByteArray_CheckExact(gathered) && length < python.large_piece) {
        Py_ssize_t before = PyByteArray_GET_SIZE(gathered);
        if (before + length < python.gathered_size) {
            if (PyByteArray_Resize(gathered, before + length) < 0)
                return -1;
            write_frame(PyByteArray_AS_STRING(gathered) + before, first, payload, size, key);
            return 0;
        }
    }
    PyObject *frame = PyBytes_FromStringAndSize(NULL, length);
    if (frame == NULL)
        return -1;
    write_frame(PyBytes_AS_STRING(frame), first, payload, size, key);
    if (gathered != Py_None)
        done = PyObject_CallMethodOneArg(self, s.send, frame);
    else {
        PyObject *transport = SLOT(self, py.transport);
        Py_INCREF(transport);
        done = PyObject_CallMethodOneArg(transport, s.write, frame);
        Py_DECREF(transport);
        if (done != NULL && SLOT(self, py.delivering) != Py_True) {
            Py_DECREF(done);
            done = PyObject_CallMethodNoArgs(self, s.gather_for_a_turn);
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
        return PyObject_CallMethodNoArgs(self, s.room);
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
        return call_method_function(python.write_message, self, args, nargs, kwnames);
    int done = 0;
    if (SLOT(protocol, py.masking) == Py_True) {
        key = PyObject_CallNoArgs(python.new_key);
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
        SLOT(self, py.gathered) != Py_None || SLOT(protocol, py.protocol_state) != py.side_open ||
        SLOT(protocol, py.masking) != Py_False ||
        !stays_plain(protocol, PyBytes_GET_SIZE(payload))) {
        PyObject *args[2] = {self, message};
        return PyObject_Vectorcall(python.write_prepared, args, 2, NULL);
    }
    Py_INCREF(transport);
    Py_INCREF(frame);
    PyObject *done = PyObject_CallMethodOneArg(transport, s.write, frame);
    Py_DECREF(frame);
    Py_DECREF(transport);
    if (done == NULL)
        return NULL;
    Py_DECREF(done);
    return room(self);
}

static PyMethodDef writer_methods[] = {
    {"write_message", (PyCFunction)(void (*)(void))write_message, METH_FASTCALL | METH_KEYWORDS,
     PyDoc_STR("write_message($self, message, binary)\n--\n\n")},
    {"write_prepared", write_prepared, METH_O,
     PyDoc_STR("write_prepared($self, message, /)\n--\n\n")},
};

int
replace_sending(PyObject *given)
{
    PyObject *gathered_size, *large_piece;
    const struct wanted wanted[] = {
        {"new_key", &python.new_key}, {"GATHERED_SIZE", &gathered_size},
        {"LARGE_PIECE", &large_piece},
    };
    const struct name names[] = {
        {&s.write, "write"}, {&s.send, "_send"},
        {&s.gather_for_a_turn, "_gather_for_a_turn"}, {&s.room, "_room"},
    };
    if (take_all(given, wanted, COUNT(wanted)) < 0 || intern_all(names, COUNT(names)) < 0)
        return -1;
    python.gathered_size = PyLong_AsSsize_t(gathered_size);
    python.large_piece = PyLong_AsSsize_t(large_piece);
    Py_DECREF(gathered_size);
    Py_DECREF(large_piece);
    if (PyErr_Occurred())
        return -1;
    PyObject *writer = (PyObject *)py.writer;
    python.write_message = replace_method(writer, &writer_methods[0]);
    python.write_prepared = replace_method(writer, &writer_methods[1]);
    return python.write_message != NULL && python.write_prepared != NULL ? 0 : -1;
}
