/* The way that nearly every request takes through a connection: whole, without a body, with the
   header lines of the request before it; and its answer in one piece.

   Nothing is parsed here.  The lines of a request are compared with those that the Python code has
   read before, and whatever is not quite ordinary is left to that code: each function of this file
   replaces a method, and calls it where it cannot do the same. */

#include "slots.h"
#include <string.h>

/* What is needed of the Python classes; set once, by `replace`. */
static struct {
    PyTypeObject *connection, *headers, *header_block, *timer;
    PyObject *begin, *data_received, *respond;
    PyObject *head, *called, *answer;             /* phases */
    PyObject *nothing, *head_sent, *complete;     /* of the answer */
    PyObject *open, *no_body, *stays, *never;
    PyObject *recalled, *status_lines;
    Py_ssize_t phase, buffer, block, start_line, answering, persistence, delegate, server;
    Py_ssize_t gathered, writing_paused, state, transport, deadline, sweep;
    Py_ssize_t raw, plain, framing;
    Py_ssize_t known, source, shared;
    Py_ssize_t now;
} py;

static PyObject *s_keeps_alive, *s_start_request, *s_headers_received, *s_finish, *s_failed;
static PyObject *s_wait_for, *s_date_field, *s_idle_deadline, *s_write, *s_answered;

/* HTTPHeaders over a block that nobody has read yet: `zonda.http.headers.lazy_headers`. */
static PyObject *
headers_of(PyObject *block)
{
    PyObject *headers = py.headers->tp_alloc(py.headers, 0);
    if (headers != NULL) {
        set_slot(headers, py.known, Py_None);
        set_slot(headers, py.source, block);
        set_slot(headers, py.shared, Py_True);
    }
    return headers;
}

/* Let the connection deal with the exception that is set; one that is no Exception goes on. */
static int
failed(PyObject *self)
{
    if (!PyErr_ExceptionMatches(PyExc_Exception))
        return -1;
    PyObject *error = take_exception();
    PyObject *done = PyObject_CallMethodOneArg(self, s_failed, error);
    Py_DECREF(error);
    Py_XDECREF(done);
    return done == NULL ? -1 : 0;
}

/* The delegate gets the request: 0, or -1 with an exception. */
static int
call_delegate(PyObject *self, PyObject *delegate, PyObject *start_line, PyObject *block)
{
    PyObject *headers = headers_of(block);
    if (headers == NULL)
        return -1;
    PyObject *args[3] = {delegate, start_line, headers};
    PyObject *waiting = PyObject_VectorcallMethod(s_headers_received, args, 3, NULL);
    Py_DECREF(headers);
    if (waiting == NULL)
        return -1;
    PyObject *done = NULL;
    if (waiting != Py_None)
        done = PyObject_CallMethodOneArg(self, s_wait_for, waiting);
    else if (SLOT(self, py.phase) == py.called)
        done = PyObject_CallMethodNoArgs(delegate, s_finish);
    else {
        done = Py_None;
        Py_INCREF(done);
    }
    Py_DECREF(waiting);
    Py_XDECREF(done);
    return done == NULL ? -1 : 0;
}

/* A request without a body on a connection that stays: 1, or 0 if it is not that, or -1. */
static int
begin(PyObject *self, PyObject *start_line, PyObject *block)
{
    PyObject *server = SLOT(self, py.server);
    if (server == NULL || !Py_IS_TYPE(block, py.header_block) ||
        SLOT(block, py.plain) != Py_True || SLOT(block, py.framing) != py.no_body)
        return 0;
    PyObject *keeps_alive = PyObject_GetAttr(server, s_keeps_alive);
    if (keeps_alive == NULL)
        return -1;
    Py_DECREF(keeps_alive);
    if (keeps_alive != Py_True)
        return 0;
    Py_INCREF(server);
    set_slot(self, py.start_line, start_line);
    set_slot(self, py.answering, py.nothing);
    set_slot(self, py.phase, py.called);
    set_slot(self, py.persistence, py.stays);
    PyObject *args[3] = {server, self, self};
    PyObject *delegate = PyObject_VectorcallMethod(s_start_request, args, 3, NULL);
    Py_DECREF(server);
    if (delegate == NULL)
        return -1;
    set_slot(self, py.delegate, delegate);
    int done = call_delegate(self, delegate, start_line, block);
    Py_DECREF(delegate);
    if (done < 0 && failed(self) < 0)
        return -1;
    if (SLOT(self, py.phase) == py.called) {
        set_slot(self, py.phase, py.answer);
        set_slot(self, py.deadline, py.never);
    }
    return 1;
}

static int
is_http_1_1(PyObject *start_line)
{
    return PyTuple_Check(start_line) && PyTuple_GET_SIZE(start_line) == 3 &&
           PyUnicode_Check(PyTuple_GET_ITEM(start_line, 2)) &&
           PyUnicode_CompareWithASCIIString(PyTuple_GET_ITEM(start_line, 2), "HTTP/1.1") == 0;
}

static PyObject *
connection_begin(PyObject *self, PyObject *const *args, Py_ssize_t nargs)
{
    if (Py_IS_TYPE(self, py.connection) && nargs == 2 && is_http_1_1(args[0])) {
        int done = begin(self, args[0], args[1]);
        if (done < 0)
            return NULL;
        if (done)
            Py_RETURN_NONE;
    }
    return call_method_function(py.begin, self, args, nargs, NULL);
}

/* The start line of a request that repeats the last one's header lines: a new reference, or NULL,
   where an exception may be set. */
static PyObject *
recalled_start_line(PyObject *data, PyObject *block)
{
    if (!Py_IS_TYPE(block, py.header_block))
        return NULL;
    PyObject *raw = SLOT(block, py.raw);
    const char *text = PyBytes_AS_STRING(data);
    Py_ssize_t size = PyBytes_GET_SIZE(data);
    if (!PyBytes_CheckExact(raw) || SLOT(block, py.plain) != Py_True)
        return NULL;
    /* The line must be what stands before the first line end, and the lines what is behind. */
    Py_ssize_t line_size = size - PyBytes_GET_SIZE(raw) - 2;
    if (line_size <= 0 || text[line_size] != '\r' || text[line_size + 1] != '\n' ||
        memcmp(text + line_size + 2, PyBytes_AS_STRING(raw), (size_t)PyBytes_GET_SIZE(raw)) != 0 ||
        memchr(text, '\r', (size_t)line_size) != NULL)
        return NULL;
    PyObject *line = PyBytes_FromStringAndSize(text, line_size);
    if (line == NULL)
        return NULL;
    PyObject *start_line = PyDict_GetItemWithError(py.recalled, line);
    Py_XINCREF(start_line);
    Py_DECREF(line);
    return start_line;
}

static PyObject *
connection_data_received(PyObject *self, PyObject *data)
{
    if (Py_IS_TYPE(self, py.connection) && PyBytes_CheckExact(data) &&
        SLOT(self, py.phase) == py.head && PyByteArray_CheckExact(SLOT(self, py.buffer)) &&
        PyByteArray_GET_SIZE(SLOT(self, py.buffer)) == 0) {
        PyObject *block = SLOT(self, py.block);
        Py_INCREF(block);
        PyObject *start_line = recalled_start_line(data, block);
        int done = 0;
        if (start_line != NULL) {
            done = is_http_1_1(start_line) ? begin(self, start_line, block) : 0;
            Py_DECREF(start_line);
        }
        Py_DECREF(block);
        if (done < 0 || PyErr_Occurred())
            return NULL;
        if (done)
            Py_RETURN_NONE;
    }
    return call_method_function(py.data_received, self, &data, 1, NULL);
}

static char *
append(char *end, PyObject *text)
{
    Py_ssize_t size = PyUnicode_GET_LENGTH(text);
    memcpy(end, PyUnicode_DATA(text), (size_t)size);
    return end + size;
}

#define IS_ASCII(text) (PyUnicode_Check(text) && PyUnicode_IS_ASCII(text))

/* A whole answer as one piece of bytes, or NULL, with an exception only where that is raised. */
static PyObject *
answer(PyObject *server, PyObject *status, PyObject *fields, PyObject *persistence, PyObject *body)
{
    char length[64];
    PyObject *date = PyObject_GetAttr(server, s_date_field);
    if (date == NULL)
        return NULL;
    PyObject *data = NULL;
    if (IS_ASCII(date) && IS_ASCII(status) && IS_ASCII(fields) && IS_ASCII(persistence)) {
        int digits = PyOS_snprintf(length, sizeof length, "Content-Length: %zd\r\n\r\n",
                                   PyBytes_GET_SIZE(body));
        data = PyBytes_FromStringAndSize(
            NULL, PyUnicode_GET_LENGTH(status) + PyUnicode_GET_LENGTH(fields) +
                      PyUnicode_GET_LENGTH(date) + PyUnicode_GET_LENGTH(persistence) + digits +
                      PyBytes_GET_SIZE(body));
        if (data != NULL) {
            char *end = append(PyBytes_AS_STRING(data), status);
            end = append(append(append(end, fields), date), persistence);
            memcpy(end, length, (size_t)digits);
            memcpy(end + digits, PyBytes_AS_STRING(body), (size_t)PyBytes_GET_SIZE(body));
        }
    }
    Py_DECREF(date);
    return data;
}

/* The connection goes on with the next request: 0, or -1 with an exception. */
static int
answered(PyObject *self, PyObject *server)
{
    PyObject *sweep = SLOT(self, py.sweep);
    if (!Py_IS_TYPE(sweep, py.timer) || SLOT(self, py.phase) != py.called ||
        SLOT(self, py.state) != py.open ||
        SLOT(self, py.persistence) != py.stays || SLOT(self, py.writing_paused) != Py_False) {
        PyObject *done = PyObject_CallMethodNoArgs(self, s_answered);
        Py_XDECREF(done);
        return done == NULL ? -1 : 0;
    }
    PyObject *idle = PyObject_GetAttr(server, s_idle_deadline);
    if (idle == NULL)
        return -1;
    PyObject *deadline = PyNumber_Add(SLOT(sweep, py.now), idle);
    Py_DECREF(idle);
    if (deadline == NULL)
        return -1;
    set_slot(self, py.deadline, deadline);
    Py_DECREF(deadline);
    set_slot(self, py.answering, py.complete);
    set_slot(self, py.phase, py.head);
    set_slot(self, py.delegate, Py_None);
    return 0;
}

/* 1 if the answer was written, 0 if it is none for this way, -1 with an exception. */
static int
respond(PyObject *self, PyObject *code, PyObject *fields, PyObject *body)
{
    PyObject *start_line = SLOT(self, py.start_line);
    if (SLOT(self, py.answering) != py.nothing || SLOT(self, py.state) != py.open ||
        SLOT(self, py.gathered) != Py_None || !PyLong_CheckExact(code) ||
        !PyBytes_CheckExact(body) || !PyUnicode_CheckExact(fields) ||
        !PyTuple_Check(start_line) || PyTuple_GET_SIZE(start_line) != 3 ||
        PyUnicode_CompareWithASCIIString(PyTuple_GET_ITEM(start_line, 0), "HEAD") == 0)
        return 0;
    PyObject *status = PyDict_GetItemWithError(py.status_lines, code);
    if (status == NULL)
        return PyErr_Occurred() ? -1 : 0;
    PyObject *server = SLOT(self, py.server);
    PyObject *persistence = SLOT(self, py.persistence), *transport = SLOT(self, py.transport);
    Py_INCREF(persistence);
    PyObject *data = answer(server, status, fields, persistence, body);
    Py_DECREF(persistence);
    if (data == NULL)
        return PyErr_Occurred() ? -1 : 0;
    set_slot(self, py.answering, py.head_sent);
    Py_INCREF(server);
    Py_INCREF(transport);
    PyObject *args[2] = {transport, data};
    PyObject *done = PyObject_VectorcallMethod(s_write, args, 2, NULL);
    Py_DECREF(transport);
    Py_DECREF(data);
    int result = done == NULL || answered(self, server) < 0 ? -1 : 1;
    Py_DECREF(server);
    Py_XDECREF(done);
    return result;
}

static PyObject *
connection_respond(PyObject *self, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    if (Py_IS_TYPE(self, py.connection) && kwnames == NULL &&
        (nargs == 3 || (nargs == 4 && args[3] == Py_None))) {
        int done = respond(self, args[0], args[1], args[2]);
        if (done < 0)
            return NULL;
        if (done)
            Py_RETURN_NONE;
    }
    return call_method_function(py.respond, self, args, nargs, kwnames);
}

static PyMethodDef connection_methods[] = {
    {"_begin", (PyCFunction)(void (*)(void))connection_begin, METH_FASTCALL, NULL},
    {"data_received", connection_data_received, METH_O,
     PyDoc_STR("data_received($self, data, /)\n--\n\nBytes of the peer.")},
    {"respond", (PyCFunction)(void (*)(void))connection_respond, METH_FASTCALL | METH_KEYWORDS,
     PyDoc_STR("respond($self, code, fields, body, reason=None)\n--\n\n"
               "Write a whole answer at once.")},
};

#define TAKE(field, name)                                                                         \
    do {                                                                                          \
        if ((py.field = PyDict_GetItemString(given, name)) == NULL) {                             \
            PyErr_SetString(PyExc_KeyError, name);                                                \
            return NULL;                                                                          \
        }                                                                                         \
        Py_INCREF(py.field);                                                                      \
    } while (0)

#define FIND(field, type, name)                                                                   \
    if ((py.field = slot_offset((PyObject *)(type), name)) < 0)                                   \
    return NULL

/* Replace the methods of a class; *given* has what they need, by name. */
static PyObject *
replace(PyObject *module, PyObject *given)
{
    PyObject *connection, *headers, *block, *sweep;
    if (!PyDict_CheckExact(given)) {
        PyErr_SetString(PyExc_TypeError, "replace() takes a dict");
        return NULL;
    }
    connection = PyDict_GetItemString(given, "HTTP1Connection");
    headers = PyDict_GetItemString(given, "HTTPHeaders");
    block = PyDict_GetItemString(given, "HeaderBlock");
    sweep = PyDict_GetItemString(given, "Sweep");
    if (connection == NULL || headers == NULL || block == NULL || sweep == NULL) {
        PyErr_SetString(PyExc_KeyError, "a class is missing");
        return NULL;
    }
    TAKE(head, "HEAD"); TAKE(called, "CALLED"); TAKE(answer, "ANSWER");
    TAKE(nothing, "NOTHING"); TAKE(head_sent, "HEAD_SENT"); TAKE(complete, "COMPLETE");
    TAKE(open, "OPEN"); TAKE(no_body, "NO_BODY"); TAKE(stays, "STAYS");
    TAKE(never, "NEVER"); TAKE(recalled, "RECALLED"); TAKE(status_lines, "STATUS_LINES");
    FIND(phase, connection, "_phase"); FIND(buffer, connection, "_buffer");
    FIND(block, connection, "_block"); FIND(start_line, connection, "_start_line");
    FIND(answering, connection, "_answer"); FIND(persistence, connection, "_persistence");
    FIND(delegate, connection, "_delegate"); FIND(server, connection, "_server");
    FIND(gathered, connection, "_gathered"); FIND(state, connection, "state");
    FIND(writing_paused, connection, "_writing_paused"); FIND(sweep, connection, "sweep");
    FIND(transport, connection, "transport"); FIND(deadline, connection, "deadline");
    FIND(raw, block, "raw"); FIND(plain, block, "plain"); FIND(framing, block, "framing");
    FIND(known, headers, "_known"); FIND(source, headers, "_source");
    FIND(shared, headers, "_shared"); FIND(now, sweep, "now");
    Py_INCREF(headers);
    py.headers = (PyTypeObject *)headers;
    Py_INCREF(block);
    py.header_block = (PyTypeObject *)block;
    Py_INCREF(sweep);
    py.timer = (PyTypeObject *)sweep;
    Py_INCREF(connection);
    py.connection = (PyTypeObject *)connection;
    if ((py.begin = replace_method(connection, &connection_methods[0])) == NULL ||
        (py.data_received = replace_method(connection, &connection_methods[1])) == NULL ||
        (py.respond = replace_method(connection, &connection_methods[2])) == NULL)
        return NULL;
    Py_RETURN_NONE;
}

static PyMethodDef functions[] = {
    {"replace", replace, METH_O, PyDoc_STR("replace($module, given, /)\n--\n\n")},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef definition = {
    PyModuleDef_HEAD_INIT, .m_name = "zonda.httpserver._native", .m_size = -1,
    .m_methods = functions,
};

PyMODINIT_FUNC
PyInit__native(void)
{
    if ((s_keeps_alive = PyUnicode_InternFromString("keeps_alive")) == NULL ||
        (s_start_request = PyUnicode_InternFromString("start_request")) == NULL ||
        (s_headers_received = PyUnicode_InternFromString("headers_received")) == NULL ||
        (s_finish = PyUnicode_InternFromString("finish")) == NULL ||
        (s_failed = PyUnicode_InternFromString("_failed")) == NULL ||
        (s_wait_for = PyUnicode_InternFromString("_wait_for")) == NULL ||
        (s_date_field = PyUnicode_InternFromString("date_field")) == NULL ||
        (s_idle_deadline = PyUnicode_InternFromString("idle_deadline")) == NULL ||
        (s_write = PyUnicode_InternFromString("write")) == NULL ||
        (s_answered = PyUnicode_InternFromString("_answered")) == NULL)
        return NULL;
    return PyModule_Create(&definition);
}
