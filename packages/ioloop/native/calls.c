/* Calling a callback: what it returns is followed, and what it raises is reported, in Python.

   A scheduled callback is one object, a `Call`, which a loop calls without arguments. */

#include "calls.h"

/* What is needed of the Python code. */
static struct {
    PyObject *follow, *report, *cancelled_error;
} python;

/* Let Python deal with the exception that is set: 0, or -1 if it goes on. */
static int
failed(PyObject *callback, PyObject *code, long offset)
{
    if (PyErr_ExceptionMatches(python.cancelled_error)) {
        PyErr_Clear();
        return 0;
    }
    if (!PyErr_ExceptionMatches(PyExc_Exception))
        return -1;
    PyObject *error = take_exception();
    PyObject *outer = PyErr_GetHandledException();
    PyErr_SetHandledException(error);
    PyObject *done = PyObject_CallFunction(python.report, "OOOl", error, callback, code, offset);
    PyErr_SetHandledException(outer);
    Py_XDECREF(outer);
    Py_DECREF(error);
    Py_XDECREF(done);
    return done == NULL ? -1 : 0;
}

/* Call *callback*, and see to what comes of it, as `zonda.ioloop.callbacks.run` does: 0, or -1 with
   an exception that ends more than the callback. */
static int
run(PyObject *callback, PyObject *args, PyObject *kwargs, PyObject *code, long offset)
{
    PyObject *result = kwargs == NULL
        ? PyObject_Vectorcall(callback, &PyTuple_GET_ITEM(args, 0),
                              (size_t)PyTuple_GET_SIZE(args), NULL)
        : PyObject_Call(callback, args, kwargs);
    if (result != NULL && result != Py_None) {
        PyObject *followed =
            PyObject_CallFunction(python.follow, "OOOl", result, callback, code, offset);
        Py_SETREF(result, followed);
    }
    if (result == NULL)
        return failed(callback, code, offset);
    Py_DECREF(result);
    return 0;
}

int
run_in(PyObject *context, PyObject *callback, PyObject *args, PyObject *kwargs, PyObject *code,
       long offset)
{
    if (PyContext_Enter(context) < 0)
        return -1;
    int done = run(callback, args, kwargs, code, offset);
    return PyContext_Exit(context) < 0 ? -1 : done;
}

/* Calls that are over, for those to come: many are made in a round of the loop, and few stay. */
static Call *spare[250];
static size_t spares;

static int
call_traverse(Call *self, visitproc visit, void *arg)
{
    Py_VISIT(self->callback);
    Py_VISIT(self->args);
    Py_VISIT(self->kwargs);
    Py_VISIT(self->code);
    Py_VISIT(self->context);
    return 0;
}

static void
call_dealloc(Call *self)
{
    PyObject_GC_UnTrack(self);
    Py_DECREF(self->callback);
    Py_DECREF(self->args);
    Py_XDECREF(self->kwargs);
    Py_DECREF(self->code);
    Py_XDECREF(self->context);
    if (spares < Py_ARRAY_LENGTH(spare))
        spare[spares++] = self;
    else
        PyObject_GC_Del(self);
}

static PyObject *
call_repr(Call *self)
{
    return PyUnicode_FromFormat("<call of %R>", self->callback);
}

static PyObject *
call_vectorcall(PyObject *object, PyObject *const *args, size_t nargs, PyObject *kwnames)
{
    Call *self = (Call *)object;
    if (run(self->callback, self->args, self->kwargs, self->code, self->offset) < 0)
        return NULL;
    Py_RETURN_NONE;
}

/* There is no tp_clear, as for tuples: what is in a Call was there before it. */
static PyTypeObject Call_Type = {
    PyVarObject_HEAD_INIT(NULL, 0)
    .tp_name = "zonda.ioloop._native.Call",
    .tp_basicsize = sizeof(Call),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_HAVE_VECTORCALL |
                Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .tp_dealloc = (destructor)call_dealloc,
    .tp_traverse = (traverseproc)call_traverse,
    .tp_repr = (reprfunc)call_repr,
    .tp_call = PyVectorcall_Call,
    .tp_vectorcall_offset = offsetof(Call, vectorcall),
};

Call *
new_call(PyObject *callback, PyObject *args, PyObject *kwargs, PyObject *code, int offset)
{
    Call *self = NULL;
    if (args != NULL && spares)
        self = (Call *)PyObject_Init((PyObject *)spare[--spares], &Call_Type);
    else if (args != NULL)
        self = PyObject_GC_New(Call, &Call_Type);
    if (self == NULL) {
        Py_XDECREF(args);
        Py_XDECREF(kwargs);
        Py_DECREF(code);
        return NULL;
    }
    Py_INCREF(callback);
    self->vectorcall = call_vectorcall;
    self->callback = callback;
    self->args = args;
    self->kwargs = kwargs;
    self->code = code;
    self->offset = offset;
    self->context = NULL;
    PyObject_GC_Track(self);
    return self;
}

int
prepare_calls(PyObject *given)
{
    const struct wanted wanted[] = {
        {"follow", &python.follow}, {"report", &python.report},
        {"CancelledError", &python.cancelled_error},
    };
    return take_all(given, wanted, COUNT(wanted)) < 0 ? -1 : PyType_Ready(&Call_Type);
}
