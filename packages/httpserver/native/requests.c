/* The way that nearly every request takes through a connection: whole, with ordinary header lines,
   and a small body or none; and its answer in one piece.

   Header lines are compared with those of the request before, and others are read by
   `header_lines.c`.  Whatever is not quite ordinary is left to the Python code: each function of
   this file replaces a method, and calls it where it cannot do the same. */

#include "header_lines.h"
#include "slots.h"
#include <string.h>

/* What is needed of the Python classes; set once, by `replace`. */
static struct {
    PyTypeObject *connection, *headers, *header_block, *timer;
    PyObject *begin, *data_received, *respond;
    PyObject *head, *called, *answer;             /* phases */
    PyObject *started, *body;
    PyObject *nothing, *head_sent, *complete;     /* of the answer */
    PyObject *open, *no_body, *with_length, *stays, *closes, *never;
    PyObject *recalled, *parse_request_line, *status_lines;
    Py_ssize_t phase, discarded, buffer, block, start_line, answering, persistence, delegate;
    Py_ssize_t server;
    Py_ssize_t gathered, writing_paused, state, transport, deadline, sweep;
    Py_ssize_t max_body_size, body_timeout;
    Py_ssize_t raw, early, plain, framing, length, closing;
    Py_ssize_t known, source, shared;
    Py_ssize_t now;
} py;

static PyObject *s_keeps_alive, *s_start_request, *s_headers_received, *s_finish, *s_failed;
static PyObject *s_wait_for, *s_date_field, *s_idle_deadline, *s_write, *s_answered;
static PyObject *s_limits, *s_max_header_size, *s_max_header_count, *s_max_body_size;
static PyObject *s_chunk_size, *s_begin_body, *s_data_received, *s_call_delegate;
static PyObject *s_expect, *s_upgrade, *zero;

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

/* A limit of a connection's server; -1 where it is no whole number, or with an exception. */
static Py_ssize_t
limit_of(PyObject *self, PyObject *name)
{
    PyObject *limits = PyObject_GetAttr(SLOT(self, py.server), s_limits);
    PyObject *limit = limits == NULL ? NULL : PyObject_GetAttr(limits, name);
    Py_ssize_t value = -1;
    if (limit != NULL && PyLong_CheckExact(limit))
        value = PyNumber_AsSsize_t(limit, NULL);
    Py_XDECREF(limits);
    Py_XDECREF(limit);
    return value;
}

/* Whether a server lets connections stay, 1 or 0, or -1 with an exception. */
static int
keeps_alive(PyObject *server)
{
    PyObject *value = PyObject_GetAttr(server, s_keeps_alive);
    if (value == NULL)
        return -1;
    Py_DECREF(value);
    return value == Py_True;
}

/* A request begins, and a delegate is there for it: a new reference. */
static PyObject *
start_request(PyObject *self, PyObject *server, PyObject *start_line, PyObject *phase,
              PyObject *persistence)
{
    set_slot(self, py.discarded, zero);
    set_slot(self, py.start_line, start_line);
    set_slot(self, py.answering, py.nothing);
    set_slot(self, py.phase, phase);
    set_slot(self, py.persistence, persistence);
    PyObject *args[3] = {server, self, self};
    PyObject *delegate = PyObject_VectorcallMethod(s_start_request, args, 3, NULL);
    if (delegate != NULL)
        set_slot(self, py.delegate, delegate);
    return delegate;
}

/* The delegate was called, and has answered or will: *done* is -1 if it raised. */
static int
end_of_call(PyObject *self, int done)
{
    if (done < 0 && failed(self) < 0)
        return -1;
    if (SLOT(self, py.phase) == py.called) {
        set_slot(self, py.phase, py.answer);
        set_slot(self, py.deadline, py.never);
    }
    return 1;
}

/* A request without a body on a connection that stays: 1, or 0 if it is not that, or -1. */
static int
begin(PyObject *self, PyObject *start_line, PyObject *block)
{
    PyObject *server = SLOT(self, py.server);
    if (server == NULL || !Py_IS_TYPE(block, py.header_block) ||
        SLOT(block, py.plain) != Py_True || SLOT(block, py.framing) != py.no_body)
        return 0;
    Py_INCREF(server);
    int stays = keeps_alive(server);
    PyObject *delegate = NULL;
    if (stays > 0)
        delegate = start_request(self, server, start_line, py.called, py.stays);
    Py_DECREF(server);
    if (delegate == NULL)
        return stays > 0 ? -1 : stays;
    int done = call_delegate(self, delegate, start_line, block);
    Py_DECREF(delegate);
    return end_of_call(self, done);
}

/* Whether a block is that of a request with a body of so many bytes, about which nothing else has
   to be said; 1, 0, or -1 with an exception. */
static int
has_small_body(PyObject *self, PyObject *block, Py_ssize_t size)
{
    PyObject *early = SLOT(block, py.early), *length = SLOT(block, py.length);
    if (SLOT(block, py.framing) != py.with_length || SLOT(block, py.closing) != Py_False ||
        early == NULL || !PyDict_CheckExact(early) || length == NULL ||
        !PyLong_CheckExact(length) || PyLong_AsSsize_t(length) != size ||
        size > limit_of(self, s_max_body_size) || size > limit_of(self, s_chunk_size))
        return PyErr_Occurred() ? -1 : 0;
    int has = PyDict_Contains(early, s_expect);
    if (has == 0)
        has = PyDict_Contains(early, s_upgrade);
    return has < 0 ? -1 : !has;
}

static int
has_buffered(PyObject *self, Py_ssize_t size)
{
    PyObject *buffer = SLOT(self, py.buffer);
    return buffer != NULL && PyByteArray_CheckExact(buffer) && PyByteArray_GET_SIZE(buffer) == size;
}

/* The delegate gets the body, which is in the buffer, and then the end: 0, or -1 with an
   exception. */
static int
give_body(PyObject *self, PyObject *delegate, Py_ssize_t size)
{
    PyObject *buffer = SLOT(self, py.buffer);
    PyObject *chunk = PyBytes_FromStringAndSize(PyByteArray_AS_STRING(buffer), size);
    if (chunk == NULL || PyByteArray_Resize(buffer, 0) < 0) {
        Py_XDECREF(chunk);
        return -1;
    }
    set_slot(self, py.phase, py.body);
    PyObject *args[2] = {delegate, chunk};
    PyObject *done = PyObject_VectorcallMethod(s_data_received, args, 2, NULL);
    Py_DECREF(chunk);
    if (done != NULL && done != Py_None) {
        if (SLOT(self, py.phase) == py.body)
            set_slot(self, py.phase, py.answer); /* it has all, but for the end */
        Py_SETREF(done, PyObject_CallMethodOneArg(self, s_wait_for, done));
    }
    else if (done != NULL && SLOT(self, py.phase) == py.body)
        Py_SETREF(done, PyObject_CallMethodNoArgs(self, s_call_delegate));
    Py_XDECREF(done);
    return done == NULL ? -1 : 0;
}

/* The delegate gets a request with a body: 0, or -1 with an exception.  What it asks for is done by
   the Python code. */
static int
call_delegate_with_body(PyObject *self, PyObject *delegate, PyObject *start_line,
                        PyObject *block, Py_ssize_t size)
{
    PyObject *headers = headers_of(block);
    if (headers == NULL)
        return -1;
    PyObject *limit = SLOT(self, py.max_body_size);
    PyObject *args[3] = {delegate, start_line, headers};
    PyObject *waiting = PyObject_VectorcallMethod(s_headers_received, args, 3, NULL);
    Py_DECREF(headers);
    if (waiting == NULL)
        return -1;
    PyObject *done = Py_None;
    Py_INCREF(done);
    int result = 0;
    if (waiting != Py_None)
        Py_SETREF(done, PyObject_CallMethodOneArg(self, s_wait_for, waiting));
    else if (SLOT(self, py.phase) != py.started)
        ; /* there is an answer already */
    else if (SLOT(self, py.max_body_size) != limit ||
             SLOT(self, py.body_timeout) != Py_None || !has_buffered(self, size))
        Py_SETREF(done, PyObject_CallMethodNoArgs(self, s_begin_body));
    else
        result = give_body(self, delegate, size);
    Py_DECREF(waiting);
    Py_XDECREF(done);
    return done == NULL ? -1 : result;
}

/* Until it is read, a body is in the buffer, where whoever takes the connection finds it: 1, or 0
   if that cannot be, or -1 with an exception. */
static int
put_into_buffer(PyObject *self, PyObject *server, const char *body, Py_ssize_t size)
{
    PyObject *limits = PyObject_GetAttr(server, s_limits);
    PyObject *limit = limits == NULL ? NULL : PyObject_GetAttr(limits, s_max_body_size);
    Py_XDECREF(limits);
    if (limit == NULL)
        return -1;
    set_slot(self, py.max_body_size, limit);
    set_slot(self, py.body_timeout, Py_None);
    Py_DECREF(limit);
    if (!has_buffered(self, 0) || PyByteArray_Resize(SLOT(self, py.buffer), size) < 0)
        return PyErr_Occurred() ? -1 : 0;
    memcpy(PyByteArray_AS_STRING(SLOT(self, py.buffer)), body, (size_t)size);
    return 1;
}

/* A request with a small body that is there: 1, or 0 if it is not that, or -1. */
static int
begin_with_body(PyObject *self, PyObject *start_line, PyObject *block, const char *body,
                Py_ssize_t size)
{
    PyObject *server = SLOT(self, py.server), *delegate = NULL;
    Py_INCREF(server);
    int is = has_small_body(self, block, size);
    if (is > 0)
        is = keeps_alive(server);
    if (is > 0) {
        is = put_into_buffer(self, server, body, size);
        /* An answer before the body is read is the last. */
        if (is > 0)
            delegate = start_request(self, server, start_line, py.started, py.closes);
    }
    Py_DECREF(server);
    if (delegate == NULL)
        return is > 0 ? -1 : is;
    int done = call_delegate_with_body(self, delegate, start_line, block, size);
    Py_DECREF(delegate);
    return end_of_call(self, done);
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

/* What the first line of a head of so many bytes says: a new reference, or NULL, where an
   exception may be set. */
static PyObject *
start_line_of(PyObject *self, const char *text, Py_ssize_t size, Py_ssize_t head_size)
{
    PyObject *line = PyBytes_FromStringAndSize(text, size);
    if (line == NULL)
        return NULL;
    PyObject *start_line = PyDict_GetItemWithError(py.recalled, line);
    Py_XINCREF(start_line);
    if (start_line == NULL && !PyErr_Occurred() &&
        head_size <= limit_of(self, s_max_header_size)) {
        start_line = PyObject_CallOneArg(py.parse_request_line, line);
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
    Py_ssize_t most = limit_of(self, s_max_header_count);
    if (most < 0 || head_size > limit_of(self, s_max_header_size))
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
    if (take_given(given, name, &py.field) < 0)                                                   \
    return NULL

#define FIND(field, type, name)                                                                   \
    if ((py.field = slot_offset((PyObject *)(type), name)) < 0)                                   \
    return NULL

/* Replace the methods of a class; *given* has what they need, by name. */
static PyObject *
replace(PyObject *module, PyObject *given)
{
    if (!PyDict_CheckExact(given)) {
        PyErr_SetString(PyExc_TypeError, "replace() takes a dict");
        return NULL;
    }
    TAKE(connection, "HTTP1Connection"); TAKE(headers, "HTTPHeaders");
    TAKE(header_block, "HeaderBlock"); TAKE(timer, "Sweep");
    TAKE(head, "HEAD"); TAKE(called, "CALLED"); TAKE(answer, "ANSWER");
    TAKE(started, "STARTED"); TAKE(body, "BODY"); TAKE(with_length, "LENGTH");
    TAKE(closes, "CLOSES"); TAKE(nothing, "NOTHING"); TAKE(head_sent, "HEAD_SENT");
    TAKE(complete, "COMPLETE");
    TAKE(open, "OPEN"); TAKE(no_body, "NO_BODY"); TAKE(stays, "STAYS"); TAKE(never, "NEVER");
    TAKE(recalled, "RECALLED"); TAKE(parse_request_line, "parse_request_line");
    TAKE(status_lines, "STATUS_LINES");
    PyObject *connection = (PyObject *)py.connection;
    FIND(phase, connection, "_phase"); FIND(discarded, connection, "_discarded");
    FIND(buffer, connection, "_buffer");
    FIND(block, connection, "_block"); FIND(start_line, connection, "_start_line");
    FIND(answering, connection, "_answer"); FIND(persistence, connection, "_persistence");
    FIND(delegate, connection, "_delegate"); FIND(server, connection, "_server");
    FIND(gathered, connection, "_gathered"); FIND(state, connection, "state");
    FIND(writing_paused, connection, "_writing_paused"); FIND(sweep, connection, "sweep");
    FIND(transport, connection, "transport"); FIND(deadline, connection, "deadline");
    FIND(raw, py.header_block, "raw"); FIND(plain, py.header_block, "plain");
    FIND(framing, py.header_block, "framing"); FIND(length, py.header_block, "length");
    FIND(early, py.header_block, "early"); FIND(closing, py.header_block, "close");
    FIND(max_body_size, connection, "max_body_size");
    FIND(body_timeout, connection, "_body_timeout");
    FIND(known, py.headers, "_known"); FIND(source, py.headers, "_source");
    FIND(shared, py.headers, "_shared"); FIND(now, py.timer, "now");
    if (prepare_header_lines(given) < 0)
        return NULL;
    if ((py.begin = replace_method(connection, &connection_methods[0])) == NULL ||
        (py.data_received = replace_method(connection, &connection_methods[1])) == NULL ||
        (py.respond = replace_method(connection, &connection_methods[2])) == NULL)
        return NULL;
    Py_RETURN_NONE;
}

/* What the functions make of header lines: a HeaderBlock, or None for none. */
static PyObject *
read_lines(PyObject *module, PyObject *args)
{
    PyObject *raw;
    Py_ssize_t most;
    if (!PyArg_ParseTuple(args, "Sn", &raw, &most))
        return NULL;
    PyObject *block = read_header_lines(raw, most);
    if (block == NULL && !PyErr_Occurred())
        Py_RETURN_NONE;
    return block;
}

static PyMethodDef functions[] = {
    {"replace", replace, METH_O, PyDoc_STR("replace($module, given, /)\n--\n\n")},
    {"read_header_lines", read_lines, METH_VARARGS,
     PyDoc_STR("read_header_lines($module, raw, most, /)\n--\n\n")},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef definition = {
    PyModuleDef_HEAD_INIT, .m_name = "zonda.httpserver._native", .m_size = -1,
    .m_methods = functions,
};

static int
intern_names(void)
{
    struct { PyObject **place; const char *text; } names[] = {
        {&s_keeps_alive, "keeps_alive"}, {&s_start_request, "start_request"},
        {&s_headers_received, "headers_received"}, {&s_finish, "finish"}, {&s_failed, "_failed"},
        {&s_wait_for, "_wait_for"}, {&s_date_field, "date_field"},
        {&s_idle_deadline, "idle_deadline"}, {&s_write, "write"}, {&s_answered, "_answered"},
        {&s_limits, "limits"}, {&s_max_header_size, "max_header_size"},
        {&s_max_header_count, "max_header_count"}, {&s_max_body_size, "max_body_size"},
        {&s_chunk_size, "chunk_size"}, {&s_begin_body, "_begin_body"},
        {&s_data_received, "data_received"}, {&s_call_delegate, "_call_delegate"},
        {&s_expect, "Expect"}, {&s_upgrade, "Upgrade"},
    };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if ((*names[i].place = PyUnicode_InternFromString(names[i].text)) == NULL)
            return -1;
    return 0;
}

PyMODINIT_FUNC
PyInit__native(void)
{
    if (intern_names() < 0 || (zero = PyLong_FromLong(0)) == NULL)
        return NULL;
    return PyModule_Create(&definition);
}
