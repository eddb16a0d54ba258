/* A request that is all of what a segment brings: its parts are found in it.

   Header lines are compared with those of the request before, and others are read by
   `header_lines.c`. */

#include "header_lines.h"
#include "requests.h"
#include <string.h>

/* What is needed of the Python code besides its classes. */
static struct {
    PyObject *data_received;  /* what is replaced */
    PyObject *recalled, *parse_request_line;
} python;

static struct {
    PyObject *max_header_size, *max_header_count;
} s;

/* What the first line of a head of so many bytes says: a new reference, or NULL, where an
   exception may be set. */
static PyObject *
start_line_of(PyObject *self, const char *text, Py_ssize_t size, Py_ssize_t head_size)
{
    PyObject *line = PyBytes_FromStringAndSize(text, size);
    if (line == NULL)
        return NULL;
    PyObject *start_line = PyDict_GetItemWithError(python.recalled, line);
    Py_XINCREF(start_line);
    if (start_line == NULL && !PyErr_Occurred() &&
        head_size <= limit_of(self, s.max_header_size)) {
        start_line = PyObject_CallOneArg(python.parse_request_line, line);
        if (start_line == NULL && PyErr_ExceptionMatches(PyExc_Exception))
            PyErr_Clear(); /* the Python code will find it, and say so */
    }
    Py_DECREF(line);
    return start_line;
}

/* What the header lines say, of the request before if they are the same: a new reference, or NULL,
   where an exception may be set. */
static PyObject *
block_of(PyObject *self, const char *text, Py_ssize_t size, Py_ssize_t head_size)
{
    PyObject *block = SLOT(self, py.block);
    PyObject *raw = Py_IS_TYPE(block, py.header_block) ? SLOT(block, py.raw) : NULL;
    if (raw != NULL && PyBytes_CheckExact(raw) && PyBytes_GET_SIZE(raw) == size &&
        memcmp(PyBytes_AS_STRING(raw), text, (size_t)size) == 0) {
        Py_INCREF(block);
        return block;
    }
    Py_ssize_t most = limit_of(self, s.max_header_count);
    if (most < 0 || head_size > limit_of(self, s.max_header_size))
        return NULL;
    raw = PyBytes_FromStringAndSize(text, size);
    block = raw == NULL ? NULL : read_header_lines(raw, most);
    Py_XDECREF(raw);
    return block;
}

/* What is behind the empty line after the header lines, or NULL if there is none. */
static const char *
find_body(const char *text, const char *end)
{
    for (; end - text >= 4 && (text = memchr(text, '\r', (size_t)(end - text - 3))) != NULL; text++)
        if (memcmp(text, "\r\n\r\n", 4) == 0)
            return text + 4;
    return NULL;
}

/* Begin a request that is all of *data*: 1, or 0 if the Python code has to do it, or -1. */
static int
begin_whole(PyObject *self, PyObject *data)
{
    const char *text = PyBytes_AS_STRING(data), *end = text + PyBytes_GET_SIZE(data);
    const char *stop = memchr(text, '\r', (size_t)(end - text));
    if (stop == NULL || stop == text || end - stop < 4 || stop[1] != '\n')
        return 0;
    /* POST, PUT, PATCH have a body, and other methods, as a rule, none. */
    const char *body = text[0] == 'P' ? find_body(stop, end) : end;
    if (body == NULL || body - stop < 4)
        return 0;
    Py_ssize_t head_size = body - text - 4;
    PyObject *block = block_of(self, stop + 2, body - stop - 2, head_size);
    PyObject *start_line =
        block == NULL ? NULL : start_line_of(self, text, stop - text, head_size);
    int done = 0;
    if (start_line != NULL && is_http_1_1(start_line)) {
        PyObject *before = SLOT(self, py.block);
        Py_INCREF(before);
        set_slot(self, py.block, block);
        done = body == end ? begin(self, start_line, block)
                           : begin_with_body(self, start_line, block, body, end - body);
        if (done == 0)
            set_slot(self, py.block, before);
        Py_DECREF(before);
    }
    Py_XDECREF(block);
    Py_XDECREF(start_line);
    return PyErr_Occurred() ? -1 : done;
}

static PyObject *
connection_data_received(PyObject *self, PyObject *data)
{
    if (Py_IS_TYPE(self, py.connection) && PyBytes_CheckExact(data) &&
        SLOT(self, py.phase) == py.head && has_buffered(self, 0) &&
        SLOT(self, py.server) != NULL) {
        int done = begin_whole(self, data);
        if (done < 0)
            return NULL;
        if (done)
            Py_RETURN_NONE;
    }
    return call_method_function(python.data_received, self, &data, 1, NULL);
}

static PyMethodDef data_received_method = {
    "data_received", connection_data_received, METH_O,
    PyDoc_STR("data_received($self, data, /)\n--\n\nBytes of the peer."),
};

int
replace_data_received(PyObject *given)
{
    const struct wanted wanted[] = {
        {"RECALLED", &python.recalled}, {"parse_request_line", &python.parse_request_line},
    };
    const struct name names[] = {
        {&s.max_header_size, "max_header_size"}, {&s.max_header_count, "max_header_count"},
    };
    if (take_all(given, wanted, COUNT(wanted)) < 0 || intern_all(names, COUNT(names)) < 0)
        return -1;
    python.data_received = replace_method((PyObject *)py.connection, &data_received_method);
    return python.data_received == NULL ? -1 : 0;
}
