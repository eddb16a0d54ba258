/* A request begins whose head was read: the delegate gets the head, a small body, and the end. */

#include "requests.h"
#include <string.h>

/* What is needed of the Python code besides its classes. */
static struct {
    PyObject *begin;  /* what is replaced */
    PyObject *answer, *started, *body, *closes, *no_body, *with_length, *never;
} python;

static struct {
    PyObject *failed, *headers_received, *wait_for, *finish, *limits, *keeps_alive,
        *start_request, *max_body_size, *chunk_size, *expect, *upgrade, *data_received,
        *call_delegate, *begin_body;
} s;
static PyObject *zero;

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
    PyObject *done = PyObject_CallMethodOneArg(self, s.failed, error);
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
    PyObject *waiting = PyObject_VectorcallMethod(s.headers_received, args, 3, NULL);
    Py_DECREF(headers);
    if (waiting == NULL)
        return -1;
    PyObject *done = NULL;
    if (waiting != Py_None)
        done = PyObject_CallMethodOneArg(self, s.wait_for, waiting);
    else if (SLOT(self, py.phase) == py.called)
        done = PyObject_CallMethodNoArgs(delegate, s.finish);
    else {
        done = Py_None;
        Py_INCREF(done);
    }
    Py_DECREF(waiting);
    Py_XDECREF(done);
    return done == NULL ? -1 : 0;
}

Py_ssize_t
limit_of(PyObject *self, PyObject *name)
{
    PyObject *limits = PyObject_GetAttr(SLOT(self, py.server), s.limits);
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
    PyObject *value = PyObject_GetAttr(server, s.keeps_alive);
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
    PyObject *delegate = PyObject_VectorcallMethod(s.start_request, args, 3, NULL);
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
        set_slot(self, py.phase, python.answer);
        set_slot(self, py.deadline, python.never);
    }
    return 1;
}

int
begin(PyObject *self, PyObject *start_line, PyObject *block)
{
    PyObject *server = SLOT(self, py.server);
    if (server == NULL || !Py_IS_TYPE(block, py.header_block) ||
        SLOT(block, py.plain) != Py_True || SLOT(block, py.framing) != python.no_body)
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
    if (SLOT(block, py.framing) != python.with_length || SLOT(block, py.closing) != Py_False ||
        early == NULL || !PyDict_CheckExact(early) || length == NULL ||
        !PyLong_CheckExact(length) || PyLong_AsSsize_t(length) != size ||
        size > limit_of(self, s.max_body_size) || size > limit_of(self, s.chunk_size))
        return PyErr_Occurred() ? -1 : 0;
    int has = PyDict_Contains(early, s.expect);
    if (has == 0)
        has = PyDict_Contains(early, s.upgrade);
    return has < 0 ? -1 : !has;
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
    set_slot(self, py.phase, python.body);
    PyObject *args[2] = {delegate, chunk};
    PyObject *done = PyObject_VectorcallMethod(s.data_received, args, 2, NULL);
    Py_DECREF(chunk);
    if (done != NULL && done != Py_None) {
        if (SLOT(self, py.phase) == python.body)
            set_slot(self, py.phase, python.answer); /* it has all, but for the end */
        Py_SETREF(done, PyObject_CallMethodOneArg(self, s.wait_for, done));
    }
    else if (done != NULL && SLOT(self, py.phase) == python.body)
        Py_SETREF(done, PyObject_CallMethodNoArgs(self, s.call_delegate));
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
    PyObject *waiting = PyObject_VectorcallMethod(s.headers_received, args, 3, NULL);
    Py_DECREF(headers);
    if (waiting == NULL)
        return -1;
    PyObject *done = Py_None;
    Py_INCREF(done);
    int result = 0;
    if (waiting != Py_None)
        Py_SETREF(done, PyObject_CallMethodOneArg(self, s.wait_for, waiting));
    else if (SLOT(self, py.phase) != python.started)
        ; /* there is an answer already */
    else if (SLOT(self, py.max_body_size) != limit ||
             SLOT(self, py.body_timeout) != Py_None || !has_buffered(self, size))
        Py_SETREF(done, PyObject_CallMethodNoArgs(self, s.begin_body));
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
    PyObject *limits = PyObject_GetAttr(server, s.limits);
    PyObject *limit = limits == NULL ? NULL : PyObject_GetAttr(limits, s.max_body_size);
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

int
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
            delegate = start_request(self, server, start_line, python.started, python.closes);
    }
    Py_DECREF(server);
    if (delegate == NULL)
        return is > 0 ? -1 : is;
    int done = call_delegate_with_body(self, delegate, start_line, block, size);
    Py_DECREF(delegate);
    return end_of_call(self, done);
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
    return call_method_function(python.begin, self, args, nargs, NULL);
}

static PyMethodDef begin_method = {
    "_begin", (PyCFunction)(void (*)(void))connection_begin, METH_FASTCALL, NULL,
};

int
replace_begin(PyObject *given)
{
    const struct wanted wanted[] = {
        {"ANSWER", &python.answer}, {"STARTED", &python.started}, {"BODY", &python.body},
        {"CLOSES", &python.closes}, {"NO_BODY", &python.no_body}, {"LENGTH", &python.with_length},
        {"NEVER", &python.never},
    };
    const struct name names[] = {
        {&s.failed, "_failed"}, {&s.headers_received, "headers_received"},
        {&s.wait_for, "_wait_for"}, {&s.finish, "finish"}, {&s.limits, "limits"},
        {&s.keeps_alive, "keeps_alive"}, {&s.start_request, "start_request"},
        {&s.max_body_size, "max_body_size"}, {&s.chunk_size, "chunk_size"},
        {&s.expect, "Expect"}, {&s.upgrade, "Upgrade"}, {&s.data_received, "data_received"},
        {&s.call_delegate, "_call_delegate"}, {&s.begin_body, "_begin_body"},
    };
    if (take_all(given, wanted, COUNT(wanted)) < 0 || intern_all(names, COUNT(names)) < 0 ||
        (zero = PyLong_FromLong(0)) == NULL)
        return -1;
    python.begin = replace_method((PyObject *)py.connection, &begin_method);
    return python.begin == NULL ? -1 : 0;
}
