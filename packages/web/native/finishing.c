/* An answer is sent whole: what was written, with an entity tag, under a head that has the usual
   lines. */

#include "handlers.h"
#include <string.h>

/* What is needed of the Python code besides its classes. */
static struct {
    PyObject *finish;  /* what is replaced */
    PyObject *server_line, *sha1;
} python;

static struct {
    PyObject *has_own_etag, *has_etag_check, *transforms, *join, *hexdigest, *if_none_match,
        *respond, *log_request, *on_finish, *write, *use;
} s;
static PyObject *sha1_names;

/* The header lines of a request that were read already, or NULL if it is no ordinary one. */
static PyObject *
early_of(PyObject *request)
{
    PyObject *headers = SLOT(request, py.r_headers);
    if (headers == NULL || !Py_IS_TYPE(headers, py.headers) ||
        SLOT(headers, py.known) != Py_None)
        return NULL;
    PyObject *block = SLOT(headers, py.source);
    PyObject *early = block == NULL || !Py_IS_TYPE(block, py.block) ? NULL : SLOT(block, py.early);
    return early != NULL && PyDict_CheckExact(early) ? early : NULL;
}

/* Whether an answer with a status has a body, as `output.BODILESS` has it. */
static int
has_body(PyObject *status)
{
    if (status == py.ok)
        return 1;
    int is_huge = 0;
    long code = 0;
    if (status != NULL && PyLong_CheckExact(status))
        code = PyLong_AsLongAndOverflow(status, &is_huge);
    return code >= 200 && code <= 999 && code != 204 && code != 304;
}

/* Whether an answer is one for `send_whole`: 1, 0, or -1 with an exception. */
static int
is_whole(PyObject *self)
{
    if (SLOT(self, py.h_application) == NULL)
        return 0;
    int is = attribute_is(self, s.has_own_etag, Py_False);
    if (is > 0)
        is = attribute_is(self, s.has_etag_check, Py_False);
    if (is <= 0)
        return is;
    PyObject *transforms = PyObject_GetAttr(SLOT(self, py.h_application), s.transforms);
    if (transforms == NULL)
        return -1;
    is = PyList_CheckExact(transforms) && PyList_GET_SIZE(transforms) == 0;
    Py_DECREF(transforms);
    PyObject *request = SLOT(self, py.h_request);
    if (!is || SLOT(self, py.headers_written) != Py_False ||
        SLOT(self, py.finished) != Py_False || !has_body(SLOT(self, py.status_code)) ||
        SLOT(self, py.made_headers) != Py_None || SLOT(self, py.new_cookies) != Py_None ||
        request == NULL || !Py_IS_TYPE(request, py.request) ||
        SLOT(request, py.connection) == NULL || verb_of(request) == NULL)
        return 0;
    PyObject *content_type = SLOT(self, py.content_type);
    return content_type != NULL && PyUnicode_CheckExact(content_type) &&
           PyUnicode_IS_ASCII(content_type);
}

/* All that was written, in one piece: a new reference, or NULL without an exception if it is not
   only bytes. */
static PyObject *
body_of(PyObject *self)
{
    PyObject *buffer = SLOT(self, py.write_buffer);
    if (buffer == NULL || !PyList_CheckExact(buffer))
        return NULL;
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(buffer); i++)
        if (!PyBytes_CheckExact(PyList_GET_ITEM(buffer, i)))
            return NULL;
    if (PyList_GET_SIZE(buffer) != 1)
        return PyObject_CallMethodOneArg(py.empty_bytes, s.join, buffer);
    PyObject *body = PyList_GET_ITEM(buffer, 0);
    Py_INCREF(body);
    return body;
}

/* Whether an answer has an entity tag. */
static int
has_tag(PyObject *self)
{
    return SLOT(self, py.status_code) == py.ok && verb_of(SLOT(self, py.h_request)) == py.get;
}

/* What the entity tag of a body has between its quotes: a new reference. */
static PyObject *
digest_of(PyObject *body)
{
    PyObject *args[2] = {body, Py_False};
    PyObject *hash = PyObject_Vectorcall(python.sha1, args, 1, sha1_names);
    PyObject *digest = hash == NULL ? NULL : PyObject_CallMethodNoArgs(hash, s.hexdigest);
    Py_XDECREF(hash);
    return digest;
}

/* Whether the client may have the answer already: 0 if not, 1 if that has to be looked at, -1 with
   an exception. */
static int
may_be_known(PyObject *self, PyObject *digest)
{
    PyObject *early = early_of(SLOT(self, py.h_request));
    PyObject *given = early == NULL ? NULL : PyDict_GetItemWithError(early, s.if_none_match);
    if (given == NULL)
        return PyErr_Occurred() ? -1 : early == NULL;
    if (!PyList_CheckExact(given) || PyList_GET_SIZE(given) != 1)
        return 1;
    PyObject *tags = PyList_GET_ITEM(given, 0);
    if (!PyUnicode_CheckExact(tags) || !PyUnicode_IS_ASCII(tags) ||
        PyUnicode_FindChar(tags, '*', 0, PyUnicode_GET_LENGTH(tags), 1) != -1)
        return 1;
    return PyUnicode_Contains(tags, digest);
}

/* The header lines of an answer, with its entity tag if it has one: a new reference. */
static PyObject *
fields_of(PyObject *self, PyObject *digest)
{
    PyObject *type = SLOT(self, py.content_type);
    Py_ssize_t before = PyUnicode_GET_LENGTH(python.server_line);
    Py_ssize_t size = PyUnicode_GET_LENGTH(type);
    Py_ssize_t tag = digest == NULL ? 0 : PyUnicode_GET_LENGTH(digest);
    PyObject *fields = PyUnicode_New(before + size + (digest == NULL ? 2 : tag + 12), 127);
    if (fields != NULL) {
        char *end = (char *)PyUnicode_1BYTE_DATA(fields);
        memcpy(end, PyUnicode_1BYTE_DATA(python.server_line), (size_t)before);
        end += before;
        memcpy(end, PyUnicode_1BYTE_DATA(type), (size_t)size);
        end += size;
        memcpy(end, "\r\n", 2);
        end += 2;
        if (digest != NULL) {
            memcpy(end, "Etag: \"", 7);
            memcpy(end + 7, PyUnicode_1BYTE_DATA(digest), (size_t)tag);
            memcpy(end + 7 + tag, "\"\r\n", 3);
        }
    }
    return fields;
}

/* Send an answer with its head: 0, or -1 with an exception. */
static int
send_whole(PyObject *self, PyObject *fields, PyObject *body)
{
    PyObject *connection = SLOT(SLOT(self, py.h_request), py.connection);
    PyObject *application = SLOT(self, py.h_application);
    PyObject *reason = SLOT(self, py.reason) == NULL ? Py_None : SLOT(self, py.reason);
    PyObject *status = SLOT(self, py.status_code);
    Py_INCREF(status);
    Py_INCREF(application);
    Py_INCREF(connection);
    Py_INCREF(reason);
    set_slot(self, py.headers_written, Py_True);
    set_slot(self, py.finished, Py_True);
    PyObject *args[5] = {connection, status, fields, body, reason};
    PyObject *done = PyObject_VectorcallMethod(s.respond, args, 5, NULL);
    Py_DECREF(status);
    Py_DECREF(connection);
    Py_DECREF(reason);
    if (done != NULL) {
        Py_DECREF(done);
        done = PyObject_CallMethodOneArg(application, s.log_request, self);
    }
    if (done != NULL) {
        Py_DECREF(done);
        done = PyObject_CallMethodNoArgs(self, s.on_finish);
    }
    Py_DECREF(application);
    Py_XDECREF(done);
    return done == NULL ? -1 : 0;
}

/* Send what was written as a whole answer: 1, or 0 if it is none of that kind, or -1 with an
   exception. */
static int
finish_whole(PyObject *self)
{
    int is = is_whole(self);
    PyObject *body = is == 1 ? body_of(self) : NULL;
    if (body == NULL)
        return PyErr_Occurred() ? -1 : 0;
    PyObject *digest = NULL;
    int result = 0;
    if (has_tag(self)) {
        digest = digest_of(body);
        result = digest == NULL ? -1 : may_be_known(self, digest);
    }
    if (result != 0)
        result = result < 0 ? -1 : 0;
    else {
        PyObject *fields = fields_of(self, digest);
        result = fields == NULL || send_whole(self, fields, body) < 0 ? -1 : 1;
        Py_XDECREF(fields);
    }
    Py_XDECREF(digest);
    Py_DECREF(body);
    return result;
}

/* RequestHandler.finish */
static PyObject *
finish(PyObject *self, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    if (nargs == 1 && kwnames == NULL && args[0] != Py_None &&
        SLOT(self, py.finished) == Py_False) {
        PyObject *written = PyObject_CallMethodOneArg(self, s.write, args[0]);
        if (written == NULL)
            return NULL;
        Py_DECREF(written);
        nargs = 0;
    }
    int done = nargs == 0 && kwnames == NULL ? finish_whole(self) : 0;
    if (done < 0)
        return NULL;
    if (!done)
        return call_method_function(python.finish, self, args, nargs, kwnames);
    Py_INCREF(py.ready);
    return py.ready;
}

static PyMethodDef finish_method = {
    "finish", FUNCTION(finish), FLAGS,
    PyDoc_STR("finish($self, chunk=None)\n--\n\n"
              "Complete the answer, with a last chunk."),
};

int
replace_finish(PyObject *given)
{
    const struct wanted wanted[] = {
        {"SERVER_LINE", &python.server_line}, {"sha1", &python.sha1},
    };
    const struct name names[] = {
        {&s.has_own_etag, "_has_own_etag"}, {&s.has_etag_check, "_has_etag_check"},
        {&s.transforms, "transforms"}, {&s.join, "join"}, {&s.hexdigest, "hexdigest"},
        {&s.if_none_match, "If-None-Match"}, {&s.respond, "respond"},
        {&s.log_request, "log_request"}, {&s.on_finish, "on_finish"}, {&s.write, "write"},
        {&s.use, "usedforsecurity"},
    };
    if (take_all(given, wanted, COUNT(wanted)) < 0 || intern_all(names, COUNT(names)) < 0 ||
        (sha1_names = PyTuple_Pack(1, s.use)) == NULL)
        return -1;
    python.finish = replace_method((PyObject *)py.handler, &finish_method);
    return python.finish == NULL ? -1 : 0;
}
