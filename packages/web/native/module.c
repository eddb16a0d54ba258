/* The way that nearly every request takes through an application: its handler is found by the path,
   runs without waiting, and writes one answer.

   Nothing is decided here that the Python code does not decide too: each function that replaces a
   method calls it where it cannot do the same.  Whatever a class of handlers, or an application,
   overrides is called. */

#include "handlers.h"
#include "json_text.h"
#include "routes.h"

/* Replace methods; *given* has the classes and what else is needed, by name. */
static PyObject *
replace(PyObject *module, PyObject *given)
{
    if (!PyDict_CheckExact(given)) {
        PyErr_SetString(PyExc_TypeError, "replace() takes a dict");
        return NULL;
    }
    if (prepare_classes(given) < 0 || prepare_routes(given) < 0 ||
        prepare_new_handler(given) < 0 || prepare_execution(given) < 0 ||
        replace_request_delegate(given) < 0 || replace_writing(given) < 0 ||
        replace_finish(given) < 0)
        return NULL;
    Py_RETURN_NONE;
}

/* The JSON that is written here for a value, or None. */
static PyObject *
try_json(PyObject *module, PyObject *value)
{
    PyObject *text = json_bytes(value);
    if (text == NULL && !PyErr_Occurred())
        Py_RETURN_NONE;
    return text;
}

static PyMethodDef functions[] = {
    {"replace", replace, METH_O, PyDoc_STR("replace($module, given, /)\n--\n\n")},
    {"json_bytes", try_json, METH_O, PyDoc_STR("json_bytes($module, value, /)\n--\n\n")},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef definition = {
    PyModuleDef_HEAD_INIT, .m_name = "zonda.web._native", .m_size = -1, .m_methods = functions,
};

PyMODINIT_FUNC
PyInit__native(void)
{
    return PyModule_Create(&definition);
}
