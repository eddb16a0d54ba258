/* What a handler writes before its answer is sent: pieces of the body, and its type. */

#include "handlers.h"
#include "json_text.h"

/* What is needed of the Python code besides its classes. */
static struct {
    PyObject *write, *set_header;  /* what is replaced */
    PyObject *json;
} python;

/* RequestHandler.set_header */
static PyObject *
set_header(PyObject *self, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    if (nargs == 2 && kwnames == NULL && PyUnicode_CheckExact(args[0]) &&
        PyUnicode_CheckExact(args[1]) && PyUnicode_IS_ASCII(args[1]) &&
        SLOT(self, py.made_headers) == Py_None &&
        PyUnicode_CompareWithASCIIString(args[0], "Content-Type") == 0) {
        const unsigned char *text = PyUnicode_1BYTE_DATA(args[1]);
        Py_ssize_t left = PyUnicode_GET_LENGTH(args[1]);
        while (left > 0 && text[left - 1] >= 0x20 && text[left - 1] < 0x7f)
            left--;
        if (left == 0) {
            set_slot(self, py.content_type, args[1]);
            Py_RETURN_NONE;
        }
    }
    return call_method_function(python.set_header, self, args, nargs, kwnames);
}

/* RequestHandler.write */
static PyObject *
write_chunk(PyObject *self, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    PyObject *buffer = SLOT(self, py.write_buffer);
    if (nargs == 1 && kwnames == NULL && SLOT(self, py.finished) == Py_False && buffer != NULL &&
        PyList_CheckExact(buffer)) {
        PyObject *chunk = NULL;
        if (PyBytes_CheckExact(args[0])) {
            chunk = args[0];
            Py_INCREF(chunk);
        }
        else if (PyUnicode_CheckExact(args[0]))
            chunk = PyUnicode_AsUTF8String(args[0]);
        else if (PyDict_CheckExact(args[0]) && SLOT(self, py.made_headers) == Py_None &&
                 (chunk = json_bytes(args[0])) != NULL)
            set_slot(self, py.content_type, python.json);
        if (chunk != NULL) {
            int done = PyList_Append(buffer, chunk);
            Py_DECREF(chunk);
            if (done < 0)
                return NULL;
            Py_RETURN_NONE;
        }
        if (PyErr_Occurred())
            return NULL;
    }
    return call_method_function(python.write, self, args, nargs, kwnames);
}

static PyMethodDef methods[] = {
    {"write", FUNCTION(write_chunk), FLAGS,
     PyDoc_STR("write($self, chunk)\n--\n\n"
               "Add to the answer's body; a mapping becomes a JSON object.")},
    {"set_header", FUNCTION(set_header), FLAGS,
     PyDoc_STR("set_header($self, name, value)\n--\n\n"
               "Set a header, in place of all lines of that name.")},
};

int
replace_writing(PyObject *given)
{
    if (take_given(given, "JSON", &python.json) < 0)
        return -1;
    python.write = replace_method((PyObject *)py.handler, &methods[0]);
    python.set_header = replace_method((PyObject *)py.handler, &methods[1]);
    return PyErr_Occurred() ? -1 : 0;
}
