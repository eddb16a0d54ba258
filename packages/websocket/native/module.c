/* The way of nearly every message through a websocket: a whole, plain frame that came in one read,
   and a message that goes out uncompressed.

   Each function that replaces a method calls it where it cannot do the same; that is found out
   before anything was changed.  So what is unusual (fragments, control frames, compression, an
   error in a frame or in a text) is read by the Python code alone, and so is everything of a
   subclass of `Protocol`. */

#include "frames.h"
#include "messages.h"

/* Replace the methods of some classes; *given* has these and what else is needed, by name. */
static PyObject *
replace(PyObject *Py_UNUSED(module), PyObject *given)
{
    if (!PyDict_CheckExact(given)) {
        PyErr_SetString(PyExc_TypeError, "replace() takes a dict");
        return NULL;
    }
    if (prepare_classes(given) < 0 || replace_receiving(given) < 0 || replace_sending(given) < 0)
        return NULL;
    Py_RETURN_NONE;
}

/* mask(data, key) */
static PyObject *
mask(PyObject *Py_UNUSED(module), PyObject *const *args, Py_ssize_t nargs)
{
    Py_buffer data, key;
    PyObject *result = NULL;
    if (nargs != 2) {
        PyErr_SetString(PyExc_TypeError, "mask takes the data and a key");
        return NULL;
    }
    if (PyObject_GetBuffer(args[0], &data, PyBUF_SIMPLE) < 0)
        return NULL;
    if (PyObject_GetBuffer(args[1], &key, PyBUF_SIMPLE) == 0) {
        if (key.len != 4)
            PyErr_Format(PyExc_ValueError, "a masking key has 4 bytes, not %zd", key.len);
        else if ((result = PyBytes_FromStringAndSize(NULL, data.len)) != NULL && data.len > 0)
            combine(PyBytes_AS_STRING(result), data.buf, data.len, key.buf);
        PyBuffer_Release(&key);
    }
    PyBuffer_Release(&data);
    return result;
}

static PyMethodDef functions[] = {
    {"mask", (PyCFunction)(void (*)(void))mask, METH_FASTCALL,
     PyDoc_STR("mask($module, data, key, /)\n--\n\n")},
    {"replace", replace, METH_O, PyDoc_STR("replace($module, given, /)\n--\n\n")},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef definition = {
    PyModuleDef_HEAD_INIT, .m_name = "zonda.websocket._native", .m_size = -1,
    .m_methods = functions,
};

PyMODINIT_FUNC
PyInit__native(void)
{
    return PyModule_Create(&definition);
}
