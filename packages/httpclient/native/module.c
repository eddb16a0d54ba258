/* The way that nearly every fetch takes: a GET without options over a connection that is kept, and
   an answer that comes in one piece.

   Whatever is not quite ordinary is left to the Python code: each function that replaces a method
   calls it where it cannot do the same, and finds that out before anything was changed. */

#include "fetches.h"
#include "response_head.h"

/* Replace the methods of the classes; *given* has what they need, by name. */
static PyObject *
replace(PyObject *module, PyObject *given)
{
    if (!PyDict_CheckExact(given)) {
        PyErr_SetString(PyExc_TypeError, "replace() takes a dict");
        return NULL;
    }
    if (prepare_classes(given) < 0 || prepare_response_head(given) < 0 ||
        replace_fetch(given) < 0 || replace_begin(given) < 0 || replace_pool() < 0 ||
        replace_send() < 0 || replace_data_received() < 0 ||
        replace_whole_received() < 0)
        return NULL;
    Py_RETURN_NONE;
}

/* What the functions make of a head like *last*: a ResponseHead, or None for none. */
static PyObject *
read_head(PyObject *module, PyObject *args)
{
    PyObject *raw, *last;
    if (!PyArg_ParseTuple(args, "SO!", &raw, py.head, &last))
        return NULL;
    PyObject *head = read_response_head(PyBytes_AS_STRING(raw), PyBytes_GET_SIZE(raw), last);
    if (head == NULL && !PyErr_Occurred())
        Py_RETURN_NONE;
    return head;
}

static PyMethodDef functions[] = {
    {"replace", replace, METH_O, PyDoc_STR("replace($module, given, /)\n--\n\n")},
    {"read_response_head", read_head, METH_VARARGS,
     PyDoc_STR("read_response_head($module, raw, last, /)\n--\n\n")},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef definition = {
    PyModuleDef_HEAD_INIT, .m_name = "zonda.httpclient._native", .m_size = -1,
    .m_methods = functions,
};

PyMODINIT_FUNC
PyInit__native(void)
{
    return PyModule_Create(&definition);
}
