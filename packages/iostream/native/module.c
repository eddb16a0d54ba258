/* The way of nearly every read and write of a stream: a read waits, what arrives is exactly its
   result, and what is written goes to the transport.

   Each function that replaces a method calls it where it cannot do the same; that is found out
   before anything was changed. */

#include "classes.h"

/* Replace the methods of some classes; *given* has these and what else is needed, by name. */
static PyObject *
replace(PyObject *Py_UNUSED(module), PyObject *given)
{
    if (!PyDict_CheckExact(given)) {
        PyErr_SetString(PyExc_TypeError, "replace() takes a dict");
        return NULL;
    }
    if (prepare_classes(given) < 0 || replace_receiving(given) < 0 || replace_asking() < 0 ||
        replace_writing() < 0)
        return NULL;
    Py_RETURN_NONE;
}

static PyMethodDef functions[] = {
    {"replace", replace, METH_O, PyDoc_STR("replace($module, given, /)\n--\n\n")},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef definition = {
    PyModuleDef_HEAD_INIT, .m_name = "zonda.iostream._native", .m_size = -1, .m_methods = functions,
};

PyMODINIT_FUNC
PyInit__native(void)
{
    return PyModule_Create(&definition);
}
