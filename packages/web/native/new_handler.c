/* A handler is made for a request, as RequestHandler has it or as its class has it instead. */

#include "handlers.h"

/* What is needed of the Python code besides its classes. */
static struct {
    PyObject *html, *no_names, *init, *initialize;
} python;

static struct {
    PyObject *init, *has_default_headers, *initialize;
} s;

/* Whether a class of handlers is made as RequestHandler itself makes them: 1, 0, or -1. */
static int
is_made_simply(PyObject *handler_class)
{
    if (!Py_IS_TYPE(handler_class, &PyType_Type) ||
        ((PyTypeObject *)handler_class)->tp_new != PyBaseObject_Type.tp_new ||
        !PyType_IsSubtype((PyTypeObject *)handler_class, py.handler))
        return 0;
    int is = attribute_is(handler_class, s.init, python.init);
    return is <= 0 ? is : attribute_is(handler_class, s.has_default_headers, Py_False);
}

PyObject *
new_handler(PyObject *handler_class, PyObject *kwargs, PyObject *application, PyObject *request)
{
    int is_empty = PyDict_CheckExact(kwargs) && PyDict_GET_SIZE(kwargs) == 0;
    int is_simple = is_made_simply(handler_class);
    if (is_simple < 0)
        return NULL;
    if (!is_simple || !PyDict_CheckExact(kwargs)) {
        PyObject *args[2] = {application, request};
        if (PyDict_CheckExact(kwargs))
            return PyObject_VectorcallDict(handler_class, args, 2, is_empty ? NULL : kwargs);
        PyObject *positional = PyTuple_Pack(2, application, request);
        PyObject *named = PyDict_New();
        PyObject *handler = NULL;
        if (positional != NULL && named != NULL && PyDict_Update(named, kwargs) == 0)
            handler = PyObject_Call(handler_class, positional, named);
        Py_XDECREF(positional);
        Py_XDECREF(named);
        return handler;
    }
    PyObject *handler =
        PyBaseObject_Type.tp_new((PyTypeObject *)handler_class, py.empty_tuple, NULL);
    PyObject *buffer = PyList_New(0);
    if (handler == NULL || buffer == NULL) {
        Py_XDECREF(handler);
        Py_XDECREF(buffer);
        return NULL;
    }
    set_slot(handler, py.h_application, application);
    set_slot(handler, py.h_request, request);
    set_slot(handler, py.status_code, py.ok);
    set_slot(handler, py.reason, Py_None);
    set_slot(handler, py.made_headers, Py_None);
    set_slot(handler, py.content_type, python.html);
    set_slot(handler, py.write_buffer, buffer);
    set_slot(handler, py.new_cookies, Py_None);
    set_slot(handler, py.headers_written, Py_False);
    set_slot(handler, py.finished, Py_False);
    set_slot(handler, py.path_args, py.empty_tuple);
    set_slot(handler, py.path_kwargs, python.no_names);
    Py_DECREF(buffer);
    int is_default = is_empty ? attribute_is(handler_class, s.initialize, python.initialize) : 0;
    if (is_default != 1) {
        PyObject *method = is_default < 0 ? NULL : PyObject_GetAttr(handler, s.initialize);
        PyObject *done =
            method == NULL ? NULL
                           : PyObject_VectorcallDict(method, NULL, 0, is_empty ? NULL : kwargs);
        Py_XDECREF(method);
        if (done == NULL)
            Py_CLEAR(handler);
        Py_XDECREF(done);
    }
    return handler;
}

int
prepare_new_handler(PyObject *given)
{
    const struct name names[] = {
        {&s.init, "__init__"}, {&s.has_default_headers, "_has_default_headers"},
        {&s.initialize, "initialize"},
    };
    if (take_given(given, "HTML", &python.html) < 0 ||
        take_given(given, "NO_NAMES", &python.no_names) < 0 ||
        intern_all(names, COUNT(names)) < 0)
        return -1;
    PyObject *handler = (PyObject *)py.handler;
    if ((python.init = PyObject_GetAttr(handler, s.init)) == NULL ||
        (python.initialize = PyObject_GetAttr(handler, s.initialize)) == NULL)
        return -1;
    return 0;
}
