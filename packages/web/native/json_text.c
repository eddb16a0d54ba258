/* JSON as `zonda.escape.json_encode` writes it, of what JSON is mostly made of: dicts with names,
   lists, tuples, text, numbers, true, false, null, and of these exactly, not of subclasses.

   No Python code is called meanwhile, so nothing changes under it.  Anything else, also what is
   nested deeply, perhaps in itself, is left to the Python function. */

#include "json_text.h"
#include <math.h>
#include <string.h>

#define DEEPEST 64
#define FIRST_SIZE 1000

struct buffer {
    char *start, *end;
    size_t size;
    char first[FIRST_SIZE];
};

/* Where the next *count* bytes can be written: 0, or -1 with an exception. */
static int
make_room(struct buffer *buffer, size_t count)
{
    size_t used = (size_t)(buffer->end - buffer->start);
    if (buffer->size - used >= count)
        return 0;
    if (count > PY_SSIZE_T_MAX / 2 || buffer->size > PY_SSIZE_T_MAX / 4) {
        PyErr_NoMemory();
        return -1;
    }
    size_t size = buffer->size * 2 + count;
    char *start = PyMem_Realloc(buffer->start == buffer->first ? NULL : buffer->start, size);
    if (start == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    if (buffer->start == buffer->first)
        memcpy(start, buffer->first, used);
    buffer->start = start;
    buffer->end = start + used;
    buffer->size = size;
    return 0;
}

static int
put(struct buffer *buffer, const char *text, size_t size)
{
    if (make_room(buffer, size) < 0)
        return -1;
    memcpy(buffer->end, text, size);
    buffer->end += size;
    return 1;
}

static char *
put_unit(char *end, Py_UCS4 unit)
{
    static const char DIGITS[] = "0123456789abcdef";
    *end++ = '\\';
    *end++ = 'u';
    for (int shift = 12; shift >= 0; shift -= 4)
        *end++ = DIGITS[(unit >> shift) & 15];
    return end;
}

/* A character that does not stand for itself, at most twelve bytes. */
static char *
put_escaped(char *end, Py_UCS4 character)
{
    static const char SHORT[] = "\"\"\\\\\bb\ff\nn\rr\tt";
    for (const char *each = SHORT; *each != '\0'; each += 2)
        if (character == (Py_UCS4)*each) {
            *end++ = '\\';
            *end++ = each[1];
            return end;
        }
    if (character < 0x10000)
        return put_unit(end, character);
    character -= 0x10000;
    return put_unit(put_unit(end, 0xd800 | (character >> 10)), 0xdc00 | (character & 0x3ff));
}

/* Whether text goes on with some ASCII characters. */
static int
goes_on(int kind, const void *data, Py_ssize_t at, Py_ssize_t size, const char *with)
{
    for (; *with != '\0'; at++, with++)
        if (at >= size || PyUnicode_READ(kind, data, at) != (Py_UCS4)*with)
            return 0;
    return 1;
}

static int
put_text(struct buffer *buffer, PyObject *text)
{
#if PY_VERSION_HEX < 0x030C0000
    if (PyUnicode_READY(text) < 0)
        return -1;
#endif
    int kind = PyUnicode_KIND(text);
    const void *data = PyUnicode_DATA(text);
    Py_ssize_t size = PyUnicode_GET_LENGTH(text);
    if (put(buffer, "\"", 1) < 0)
        return -1;
    for (Py_ssize_t i = 0; i < size; i++) {
        if (make_room(buffer, 13) < 0)
            return -1;
        Py_UCS4 character = PyUnicode_READ(kind, data, i);
        if (character == '<' && goes_on(kind, data, i + 1, size, "/")) {
            memcpy(buffer->end, "<\\", 2); /* as scripts must have it */
            buffer->end += 2;
        }
        else if (character == '<' && goes_on(kind, data, i + 1, size, "!--"))
            buffer->end = put_unit(buffer->end, character);
        else if (character >= ' ' && character <= '~' && character != '"' && character != '\\')
            *buffer->end++ = (char)character;
        else
            buffer->end = put_escaped(buffer->end, character);
    }
    return put(buffer, "\"", 1);
}

static int
put_int(struct buffer *buffer, PyObject *number)
{
    int overflow;
    long long value = PyLong_AsLongLongAndOverflow(number, &overflow);
    if (overflow)
        return 0;
    char digits[24];
    char *start = digits + sizeof digits;
    unsigned long long left = value < 0 ? 0 - (unsigned long long)value : (unsigned long long)value;
    do
        *--start = (char)('0' + left % 10);
    while ((left /= 10) != 0);
    if (value < 0)
        *--start = '-';
    return put(buffer, start, (size_t)(digits + sizeof digits - start));
}

static int
put_float(struct buffer *buffer, PyObject *number)
{
    double value = PyFloat_AS_DOUBLE(number);
    if (!isfinite(value))
        return 0;
    char *text = PyOS_double_to_string(value, 'r', 0, Py_DTSF_ADD_DOT_0, NULL);
    if (text == NULL)
        return -1;
    int done = put(buffer, text, strlen(text));
    PyMem_Free(text);
    return done;
}

static int put_value(struct buffer *buffer, PyObject *value, int depth);

static int
put_items(struct buffer *buffer, PyObject *items, int depth)
{
    int done = put(buffer, "[", 1);
    for (Py_ssize_t i = 0; done > 0 && i < PySequence_Fast_GET_SIZE(items); i++) {
        if (i > 0)
            done = put(buffer, ", ", 2);
        if (done > 0)
            done = put_value(buffer, PySequence_Fast_GET_ITEM(items, i), depth);
    }
    return done > 0 ? put(buffer, "]", 1) : done;
}

static int
put_dict(struct buffer *buffer, PyObject *dict, int depth)
{
    PyObject *name, *value;
    Py_ssize_t position = 0;
    int done = put(buffer, "{", 1), is_first = 1;
    while (done > 0 && PyDict_Next(dict, &position, &name, &value)) {
        if (!PyUnicode_CheckExact(name))
            return 0;
        if (!is_first)
            done = put(buffer, ", ", 2);
        is_first = 0;
        if (done > 0 && (done = put_text(buffer, name)) > 0 && (done = put(buffer, ": ", 2)) > 0)
            done = put_value(buffer, value, depth);
    }
    return done > 0 ? put(buffer, "}", 1) : done;
}

/* Write a value: 1, or 0 if it is not of those that are written here, or -1 with an exception. */
static int
put_value(struct buffer *buffer, PyObject *value, int depth)
{
    if (PyUnicode_CheckExact(value))
        return put_text(buffer, value);
    if (PyLong_CheckExact(value))
        return put_int(buffer, value);
    if (value == Py_None)
        return put(buffer, "null", 4);
    if (value == Py_True)
        return put(buffer, "true", 4);
    if (value == Py_False)
        return put(buffer, "false", 5);
    if (PyFloat_CheckExact(value))
        return put_float(buffer, value);
    if (depth == DEEPEST)
        return 0;
    if (PyDict_CheckExact(value))
        return put_dict(buffer, value, depth + 1);
    if (PyList_CheckExact(value) || PyTuple_CheckExact(value))
        return put_items(buffer, value, depth + 1);
    return 0;
}

PyObject *
json_bytes(PyObject *value)
{
    struct buffer buffer;
    buffer.start = buffer.end = buffer.first;
    buffer.size = sizeof buffer.first;
    PyObject *text = NULL;
    if (put_value(&buffer, value, 0) > 0)
        text = PyBytes_FromStringAndSize(buffer.start, buffer.end - buffer.start);
    if (buffer.start != buffer.first)
        PyMem_Free(buffer.start);
    return text;
}
