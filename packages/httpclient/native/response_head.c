/* The head of an ordinary answer, read as `parse_response_head` reads it.

   Nothing is refused here, and nothing is accepted that is not plain: the status line is that of an
   answer before, 200 of HTTP/1.1; every line is a token, a colon and a value without control
   characters; the length of the body is said once, in digits; nothing is said of the connection but
   that it stays, and nothing for which something would have to be done.  Of anything else there is
   no head, and the Python parser decides. */

#include "response_head.h"
#include "field_line.h"
#include "field_names.h"
#include <string.h>

/* Fewer than the Python parser takes, and no number of so many is too large for a long long. */
#define MOST_DIGITS 15

static struct {
    PyObject *with_length;
    Py_ssize_t max_header_count;
} python;

/* What lines say about the body and the connection. */
struct said {
    long long length;  /* 0 if nothing */
    int keep_alive;
};

Py_ssize_t
end_of_head(const char *text, Py_ssize_t size)
{
    const char *end = text + size, *at = text;
    for (; end - at >= 4 && (at = memchr(at, '\r', (size_t)(end - at - 3))) != NULL; at++)
        if (memcmp(at, "\r\n\r\n", 4) == 0)
            return at - text + 4;
    return -1;
}

/* The length that digits say, or 0 if the Python parser has to say it. */
static long long
length_of(struct text digits)
{
    long long length = 0;
    if (digits.size > MOST_DIGITS)
        return 0;
    for (Py_ssize_t i = 0; i < digits.size; i++) {
        if (digits.start[i] < '0' || digits.start[i] > '9')
            return 0;
        length = length * 10 + (digits.start[i] - '0');
    }
    return length;
}

/* Note a line that counts: 1, or 0 if the Python parser has to decide. */
static int
note(struct said *said, struct text name, struct text value)
{
    switch (name.size) {
    case 10:
        if (!is_same(name, "connection"))
            return !is_same(name, "set-cookie");
        if (said->keep_alive || !is_same(value, "keep-alive"))
            return 0;
        said->keep_alive = 1;
        return 1;
    case 14:
        if (!is_same(name, "content-length"))
            return 1;
        if (said->length != 0)
            return 0;
        said->length = length_of(value);
        return said->length > 0;
    case 16:
        return !is_same(name, "content-encoding");
    case 17:
        return !is_same(name, "transfer-encoding");
    }
    return 1;
}

/* Add a value to those of its name: 0, or -1 with an exception. */
static int
add_field(PyObject *fields, struct text name_text, struct text value_text)
{
    PyObject *name = canonical_field_name(name_text.start, name_text.size);
    PyObject *value = name == NULL ? NULL
                                   : PyUnicode_DecodeLatin1(value_text.start, value_text.size, NULL);
    int done = -1;
    if (value != NULL) {
        PyObject *values = PyDict_GetItemWithError(fields, name);
        if (values != NULL)
            done = PyList_Append(values, value);
        else if (!PyErr_Occurred() && (values = PyList_New(1)) != NULL) {
            Py_INCREF(value);
            PyList_SET_ITEM(values, 0, value);
            done = PyDict_SetItem(fields, name, values);
            Py_DECREF(values);
        }
    }
    Py_XDECREF(name);
    Py_XDECREF(value);
    return done;
}

/* The fields of lines with their empty line: a new reference, or NULL, where an exception may be
   set. */
static PyObject *
read_fields(const char *text, const char *end, struct said *said)
{
    PyObject *fields = PyDict_New();
    Py_ssize_t count = 0;
    while (fields != NULL && end - text > 2) {
        struct text name, value;
        text = take_line(text, end, &name, &value);
        if (text == NULL || ++count > python.max_header_count || !note(said, name, value) ||
            add_field(fields, name, value) < 0)
            Py_CLEAR(fields);
    }
    if (fields != NULL &&
        (end - text != 2 || text[0] != '\r' || text[1] != '\n' || said->length == 0))
        Py_CLEAR(fields);
    return fields;
}

/* The block of such fields: a new reference, or NULL with an exception. */
static PyObject *
new_block(PyObject *raw, PyObject *fields, const struct said *said)
{
    PyObject *length = PyLong_FromLongLong(said->length);
    PyObject *block = length == NULL ? NULL : py.block->tp_alloc(py.block, 0);
    if (block != NULL) {
        fill_slot(block, py.b_raw, raw);
        fill_slot(block, py.b_early, fields);
        fill_slot(block, py.b_fields, fields);
        fill_slot(block, py.b_framing, python.with_length);
        fill_slot(block, py.b_length, length);
        fill_slot(block, py.b_host, Py_None);
        fill_slot(block, py.b_close, Py_False);
        fill_slot(block, py.b_keep_alive, said->keep_alive ? Py_True : Py_False);
        fill_slot(block, py.b_plain, Py_False);
    }
    Py_XDECREF(length);
    return block;
}

static PyObject *
new_head(PyObject *raw, PyObject *start_line, PyObject *block, const struct said *said)
{
    PyObject *whole = PyLong_FromLongLong((long long)PyBytes_GET_SIZE(raw) + said->length);
    PyObject *head = whole == NULL ? NULL : py.head->tp_alloc(py.head, 0);
    if (head != NULL) {
        fill_slot(head, py.raw, raw);
        fill_slot(head, py.start_line, start_line);
        fill_slot(head, py.block_of, block);
        fill_slot(head, py.keeps, Py_True);
        fill_slot(head, py.whole, whole);
    }
    Py_XDECREF(whole);
    return head;
}

/* How many bytes the status line of *last* has, if it is 200 of HTTP/1.1 and *text* begins with it
   too; else 0. */
static Py_ssize_t
size_of_same_status(const char *text, Py_ssize_t size, PyObject *last)
{
    static const char good[] = "HTTP/1.1 200";
    PyObject *raw = SLOT(last, py.raw);
    if (raw == NULL || !PyBytes_CheckExact(raw) || SLOT(last, py.start_line) == NULL)
        return 0;
    const char *before = PyBytes_AS_STRING(raw);
    const char *stop = memchr(before, '\r', (size_t)PyBytes_GET_SIZE(raw));
    Py_ssize_t same = stop == NULL ? 0 : stop - before;
    if (same < (Py_ssize_t)sizeof good - 1 || memcmp(before, good, sizeof good - 1) != 0 ||
        size < same + 2 || memcmp(before, text, (size_t)same) != 0 || text[same] != '\r' ||
        text[same + 1] != '\n')
        return 0;
    return same;
}

PyObject *
read_response_head(const char *text, Py_ssize_t size, PyObject *last)
{
    struct said said = {0, 0};
    Py_ssize_t status = size_of_same_status(text, size, last);
    if (status == 0)
        return NULL;
    const char *lines = text + status + 2;
    PyObject *fields = read_fields(lines, text + size, &said);
    PyObject *raw = fields == NULL ? NULL : PyBytes_FromStringAndSize(text, size);
    PyObject *rest = raw == NULL ? NULL : PyBytes_FromStringAndSize(lines, text + size - lines);
    PyObject *block = rest == NULL ? NULL : new_block(rest, fields, &said);
    PyObject *head =
        block == NULL ? NULL : new_head(raw, SLOT(last, py.start_line), block, &said);
    Py_XDECREF(fields);
    Py_XDECREF(raw);
    Py_XDECREF(rest);
    Py_XDECREF(block);
    return head;
}

int
prepare_response_head(PyObject *given)
{
    prepare_field_lines();
    PyObject *count = PyDict_GetItemString(given, "MAX_HEADER_COUNT");
    python.max_header_count = size_of(count);
    if (python.max_header_count < 0) {
        PyErr_SetString(PyExc_ValueError, "MAX_HEADER_COUNT must be a whole number");
        return -1;
    }
    return take_given(given, "LENGTH", &python.with_length);
}
