/* An answer is written in one piece, and the connection goes on with the next request. */

#include "requests.h"
#include <string.h>

/* What is needed of the Python code besides its classes. */
static struct {
    PyObject *respond;  /* what is replaced */
    PyObject *status_lines, *head_sent, *complete, *open;
} python;

static struct {
    PyObject *date_field, *answered, *idle_deadline, *write, *send;
} s;

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
    PyObject *date = PyObject_GetAttr(server, s.date_field);
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
        SLOT(self, py.state) != python.open ||
        SLOT(self, py.persistence) != py.stays || SLOT(self, py.writing_paused) != Py_False) {
        PyObject *done = PyObject_CallMethodNoArgs(self, s.answered);
        Py_XDECREF(done);
        return done == NULL ? -1 : 0;
    }
    PyObject *idle = PyObject_GetAttr(server, s.idle_deadline);
    if (idle == NULL)
        return -1;
    PyObject *deadline = PyNumber_Add(SLOT(sweep, py.now), idle);
    Py_DECREF(idle);
    if (deadline == NULL)
        return -1;
    set_slot(self, py.deadline, deadline);
    Py_DECREF(deadline);
    set_slot(self, py.answering, python.complete);
    set_slot(self, py.phase, py.head);
    set_slot(self, py.delegate, Py_None);
    return 0;
}

/* Write *data*, or let it be gathered: a new reference, or NULL with an exception. */
static PyObject *
write_or_gather(PyObject *self, PyObject *data)
{
    if (SLOT(self, py.gathered) != Py_None)
        return PyObject_CallMethodOneArg(self, s.send, data);
    PyObject *transport = SLOT(self, py.transport);
    Py_INCREF(transport);
    PyObject *done = PyObject_CallMethodOneArg(transport, s.write, data);
    Py_DECREF(transport);
    return done;
}

/* 1 if the answer was written, 0 if it is none for this way, -1 with an exception. */
static int
respond(PyObject *self, PyObject *code, PyObject *fields, PyObject *body)
{
    PyObject *start_line = SLOT(self, py.start_line);
    if (SLOT(self, py.answering) != py.nothing || SLOT(self, py.state) != python.open ||
        !PyLong_CheckExact(code) || !PyBytes_CheckExact(body) || !PyUnicode_CheckExact(fields) ||
        !PyTuple_Check(start_line) || PyTuple_GET_SIZE(start_line) != 3 ||
        PyUnicode_CompareWithASCIIString(PyTuple_GET_ITEM(start_line, 0), "HEAD") == 0)
        return 0;
    PyObject *status = PyDict_GetItemWithError(python.status_lines, code);
    if (status == NULL)
        return PyErr_Occurred() ? -1 : 0;
    PyObject *server = SLOT(self, py.server);
    PyObject *persistence = SLOT(self, py.persistence);
    Py_INCREF(persistence);
    PyObject *data = answer(server, status, fields, persistence, body);
    Py_DECREF(persistence);
    if (data == NULL)
        return PyErr_Occurred() ? -1 : 0;
    set_slot(self, py.answering, python.head_sent);
    Py_INCREF(server);
    PyObject *done = write_or_gather(self, data);
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
    return call_method_function(python.respond, self, args, nargs, kwnames);
}

static PyMethodDef respond_method = {
    "respond", (PyCFunction)(void (*)(void))connection_respond, METH_FASTCALL | METH_KEYWORDS,
    PyDoc_STR("respond($self, code, fields, body, reason=None)\n--\n\n"
              "Write a whole answer at once."),
};

int
replace_respond(PyObject *given)
{
    const struct wanted wanted[] = {
        {"STATUS_LINES", &python.status_lines}, {"HEAD_SENT", &python.head_sent},
        {"COMPLETE", &python.complete}, {"OPEN", &python.open},
    };
    const struct name names[] = {
        {&s.date_field, "date_field"}, {&s.answered, "_answered"},
        {&s.idle_deadline, "idle_deadline"}, {&s.write, "write"}, {&s.send, "_send"},
    };
    if (take_all(given, wanted, COUNT(wanted)) < 0 || intern_all(names, COUNT(names)) < 0)
        return -1;
    python.respond = replace_method((PyObject *)py.connection, &respond_method);
    return python.respond == NULL ? -1 : 0;
}
