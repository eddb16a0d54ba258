/* The way that nearly every request takes through a connection: whole, with ordinary header lines,
   and a small body or none; and its answer in one piece.

   Whatever is not quite ordinary is left to the Python code: each function that replaces a method
   calls it where it cannot do the same. */

#include "header_lines.h"
#include "requests.h"

/* Replace the methods of a class; *given* has what they need, by name. */
static PyObject *
replace(PyObject *module, PyObject *given)
{
    if (!PyDict_CheckExact(given)) {
        PyErr_SetString(PyExc_TypeError, "replace() takes a dict");
        return NULL;
    }
    if (prepare_classes(given) < 0 || prepare_header_lines(given) < 0 ||
        replace_begin(given) < 0 || replace_data_received(given) < 0 ||
        replace_respond(given) < 0)
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

PyMODINIT_FUNC
PyInit__native(void)
{
    return PyModule_Create(&definition);
}
