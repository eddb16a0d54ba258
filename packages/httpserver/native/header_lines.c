/* The header lines of an ordinary request, read as `zonda.http.parse_request_block` reads them.

   Nothing is refused here, and nothing is accepted that is not plain: every line is a token, a
   colon and a value without control characters; there is one host, which the Python parser has
   found valid before; of a body nothing is said but its length, in digits; nothing of an upgrade,
   an expectation, or the connection but that it stays.  Of anything else there is no block, and
   the Python parser decides.  So a mistake here could only be that something is accepted, and for
   that there are few ways. */

#include "header_lines.h"
#include "field_line.h"
#include "slots.h"
#include <string.h>

/* Fewer than the Python parser takes, and no number of so many is too large for a long long. */
#define MOST_DIGITS 15

static struct {
    PyTypeObject *block;
    PyObject *hosts, *no_body, *with_length;
    Py_ssize_t raw, early, fields, framing, length, host, close, keep_alive, plain;
} py;

static PyObject *s_host, *s_connection, *s_if_none_match, *s_content_length;

/* What has to be known of a request at once, and is said here; no more than once each. */
struct known {
    struct text host, connection, if_none_match, content_length;
};

/* Note a line that counts: 1, or 0 if the Python parser has to decide. */
static int
note(struct known *known, struct text name, struct text value)
{
    struct text *place = NULL;
    switch (name.size) {
    case 4:
        place = is_same(name, "host") ? &known->host : NULL;
        break;
    case 6:
        return !is_same(name, "expect");
    case 7:
        return !is_same(name, "upgrade");
    case 10:
        place = is_same(name, "connection") ? &known->connection : NULL;
        if (place != NULL && !is_same(value, "keep-alive"))
            return 0;
        break;
    case 13:
        place = is_same(name, "if-none-match") ? &known->if_none_match : NULL;
        break;
    case 14:
        place = is_same(name, "content-length") ? &known->content_length : NULL;
        break;
    case 17:
        return !is_same(name, "transfer-encoding");
    }
    if (place == NULL)
        return 1;
    if (place->start != NULL)
        return 0;
    *place = value;
    return 1;
}

/* Read all lines: 1, or 0 if the Python parser has to decide. */
static int
take_lines(PyObject *raw, Py_ssize_t most, struct known *known)
{
    const char *text = PyBytes_AS_STRING(raw);
    const char *end = text + PyBytes_GET_SIZE(raw);
    for (Py_ssize_t count = 0; end - text != 2; count++) {
        struct text name, value;
        if (count == most || (text = take_line(text, end, &name, &value)) == NULL ||
            !note(known, name, value))
            return 0;
    }
    return text[0] == '\r' && text[1] == '\n';
}

/* Put a value into a dict, as the only one of its name: 0, or -1 with an exception. */
static int
put(PyObject *early, PyObject *name, PyObject *value)
{
    PyObject *values = value == NULL ? NULL : PyList_New(1);
    if (values == NULL)
        return -1;
    Py_INCREF(value);
    PyList_SET_ITEM(values, 0, value);
    int done = PyDict_SetItem(early, name, values);
    Py_DECREF(values);
    return done;
}

static int
put_text(PyObject *early, PyObject *name, struct text text)
{
    PyObject *value = PyUnicode_DecodeLatin1(text.start, text.size, NULL);
    int done = put(early, name, value);
    Py_XDECREF(value);
    return done;
}

/* The length of the body, 0 for none, or -1 if the Python parser has to say it. */
static long long
length_of(struct text digits)
{
    if (digits.start == NULL)
        return 0;
    long long length = 0;
    for (Py_ssize_t i = 0; i < digits.size; i++) {
        if (i == MOST_DIGITS || digits.start[i] < '0' || digits.start[i] > '9')
            return -1;
        length = length * 10 + (digits.start[i] - '0');
    }
    return length == 0 ? -1 : length;
}

/* The values that were noted, by name: a new reference, or NULL with an exception. */
static PyObject *
early_of(const struct known *known, PyObject *host)
{
    PyObject *early = PyDict_New();
    if (early != NULL &&
        (put(early, s_host, host) < 0 ||
         (known->connection.start != NULL &&
          put_text(early, s_connection, known->connection) < 0) ||
         (known->if_none_match.start != NULL &&
          put_text(early, s_if_none_match, known->if_none_match) < 0) ||
         (known->content_length.start != NULL &&
          put_text(early, s_content_length, known->content_length) < 0)))
        Py_CLEAR(early);
    return early;
}

static PyObject *
new_block(PyObject *raw, const struct known *known, PyObject *host, PyObject *length)
{
    PyObject *early = early_of(known, host);
    PyObject *block = early == NULL ? NULL : py.block->tp_alloc(py.block, 0);
    int has_body = known->content_length.start != NULL;
    if (block != NULL) {
        set_slot(block, py.raw, raw);
        set_slot(block, py.early, early);
        set_slot(block, py.fields, Py_None);
        set_slot(block, py.framing, has_body ? py.with_length : py.no_body);
        set_slot(block, py.length, length);
        set_slot(block, py.host, host);
        set_slot(block, py.close, Py_False);
        set_slot(block, py.keep_alive, known->connection.start == NULL ? Py_False : Py_True);
        set_slot(block, py.plain, has_body ? Py_False : Py_True);
    }
    Py_XDECREF(early);
    return block;
}

PyObject *
read_header_lines(PyObject *raw, Py_ssize_t most)
{
    struct known known = {{NULL, 0}, {NULL, 0}, {NULL, 0}, {NULL, 0}};
    if (PyBytes_GET_SIZE(raw) < 2 || !take_lines(raw, most, &known) || known.host.start == NULL)
        return NULL;
    long long length = length_of(known.content_length);
    if (length < 0)
        return NULL;
    PyObject *host = PyUnicode_DecodeLatin1(known.host.start, known.host.size, NULL);
    PyObject *number = host == NULL ? NULL : PyLong_FromLongLong(length);
    PyObject *block = NULL;
    if (number != NULL && PySet_Contains(py.hosts, host) == 1)
        block = new_block(raw, &known, host, number);
    Py_XDECREF(host);
    Py_XDECREF(number);
    return block;
}

int
prepare_header_lines(PyObject *given)
{
    prepare_field_lines();
    if ((s_host = PyUnicode_InternFromString("Host")) == NULL ||
        (s_connection = PyUnicode_InternFromString("Connection")) == NULL ||
        (s_if_none_match = PyUnicode_InternFromString("If-None-Match")) == NULL ||
        (s_content_length = PyUnicode_InternFromString("Content-Length")) == NULL ||
        take_given(given, "HeaderBlock", &py.block) < 0 ||
        take_given(given, "HOSTS", &py.hosts) < 0 ||
        take_given(given, "NO_BODY", &py.no_body) < 0 ||
        take_given(given, "LENGTH", &py.with_length) < 0)
        return -1;
    struct { const char *name; Py_ssize_t *place; } slots[] = {
        {"raw", &py.raw}, {"early", &py.early}, {"_fields", &py.fields},
        {"framing", &py.framing}, {"length", &py.length}, {"host", &py.host},
        {"close", &py.close}, {"keep_alive", &py.keep_alive}, {"plain", &py.plain},
    };
    for (size_t i = 0; i < sizeof slots / sizeof *slots; i++)
        if ((*slots[i].place = slot_offset((PyObject *)py.block, slots[i].name)) < 0)
            return -1;
    if (!PyAnySet_CheckExact(py.hosts)) {
        PyErr_SetString(PyExc_TypeError, "HOSTS must be a set");
        return -1;
    }
    return 0;
}
