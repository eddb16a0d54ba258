/* What every event of a program passes through: callbacks, at once or later, from any thread.

   Each function that replaces a method calls it where something is out of the ordinary. */

#include "scheduling.h"

/* Replace the methods of some classes; *given* has these and what else is needed, by name. */
static PyObject *
replace(PyObject *module, PyObject *given)
{
    if (!PyDict_CheckExact(given)) {
        PyErr_SetString(PyExc_TypeError, "replace() takes a dict");
        return NULL;
    }
    if (prepare_calls(given) < 0 || replace_callbacks(given) < 0 || replace_mailbox(given) < 0 ||
        replace_timers(given) < 0)
        return NULL;
    Py_RETURN_NONE;
}

static PyMethodDef functions[] = {
    {"replace", replace, METH_O, PyDoc_STR("replace($module, given, /)\n--\n\n")},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef definition = {
    PyModuleDef_HEAD_INIT, .m_name = "zonda.ioloop._native", .m_size = -1, .m_methods = functions,
};

PyMODINIT_FUNC
PyInit__native(void)
{
    return PyModule_Create(&definition);
}
