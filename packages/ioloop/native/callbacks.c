/* Scheduling a callback, and calling it: what every event of a program passes through.

   A scheduled callback is one object, a `Call`, which a loop calls without arguments.  The functions
   of this directory replace methods, and call those where something is out of the ordinary.  What a
   callback returns is followed, and what it raises is reported, in Python. */

#include "callbacks.h"

/* What is needed of the Python classes; set once, by `replace`. */
static struct {
    PyObject *running_loop, *follow, *report, *cancelled_error;
    PyObject *add_callback;                       /* what was replaced */
    Py_ssize_t asyncio_loop, call_soon, mailbox;  /* of an IOLoop */
    Py_ssize_t loop, letters, knocked;            /* of a Mailbox */
} py;

static PyObject *s_append, *s_popleft, *s_clear, *s_is_closed, *s_knock;

/* Let Python deal with the exception that is set: 0, or -1 if it goes on. */
static int
failed(PyObject *callback, PyObject *code, long offset)
{
    if (PyErr_ExceptionMatches(py.cancelled_error)) {
        PyErr_Clear();
        return 0;
    }
    if (!PyErr_ExceptionMatches(PyExc_Exception))
        return -1;
    PyObject *error = take_exception();
    PyObject *outer = PyErr_GetHandledException();
    PyErr_SetHandledException(error);
    PyObject *done = PyObject_CallFunction(py.report, "OOOl", error, callback, code, offset);
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
            PyObject_CallFunction(py.follow, "OOOl", result, callback, code, offset);
        Py_SETREF(result, followed);
    }
    if (result == NULL)
        return failed(callback, code, offset);
    Py_DECREF(result);
    return 0;
}

/* The same in *context*. */
int
zonda_run_in(PyObject *context, PyObject *callback, PyObject *args, PyObject *kwargs, PyObject *code,
       long offset)
{
    if (PyContext_Enter(context) < 0)
        return -1;
    int done = run(callback, args, kwargs, code, offset);
    return PyContext_Exit(context) < 0 ? -1 : done;
}

/* A scheduled callback. */
typedef struct {
    PyObject_HEAD
    vectorcallfunc vectorcall;
    PyObject *callback;
    PyObject *args;    /* a tuple */
    PyObject *kwargs;  /* a dict, or NULL */
    PyObject *code;    /* what has scheduled it, and where in it */
    int offset;
    PyObject *context; /* what it will be called in; NULL where the loop sees to that */
} Call;

static PyTypeObject Call_Type;

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

/* References to *args* (an exception where it is NULL), *kwargs* and *code* are taken over. */
static Call *
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

PyObject *
zonda_tuple(PyObject *const *values, Py_ssize_t size)
{
    PyObject *tuple = PyTuple_New(size);
    for (Py_ssize_t i = 0; tuple != NULL && i < size; i++) {
        Py_INCREF(values[i]);
        PyTuple_SET_ITEM(tuple, i, values[i]);
    }
    return tuple;
}

PyObject *
zonda_dict(PyObject *names, PyObject *const *values)
{
    PyObject *dict = PyDict_New();
    for (Py_ssize_t i = 0; dict != NULL && i < PyTuple_GET_SIZE(names); i++)
        if (PyDict_SetItem(dict, PyTuple_GET_ITEM(names, i), values[i]) < 0)
            Py_CLEAR(dict);
    return dict;
}

/* Let the method that was replaced do it. */
PyObject *
zonda_in_python(PyObject *function, PyObject *self, PyObject *const *args, Py_ssize_t nargs,
          PyObject *kwnames)
{
    PyObject *method = PyMethod_New(function, self);
    PyObject *done =
        method == NULL ? NULL : PyObject_Vectorcall(method, args, (size_t)nargs, kwnames);
    Py_XDECREF(method);
    return done;
}

/* `Mailbox.post` of what is to be called: 0, or -1 with an exception. */
static int
post(PyObject *self, Call *call)
{
    PyObject *letters = SLOT(self, py.letters), *args[2] = {letters, (PyObject *)call};
    call->context = PyContext_CopyCurrent();
    if (call->context == NULL)
        return -1;
    PyObject *done = PyObject_VectorcallMethod(s_append, args, 2, NULL);
    if (done == NULL)
        return -1;
    Py_DECREF(done);
    if (SLOT(self, py.knocked) != Py_True)
        done = PyObject_CallMethodNoArgs(self, s_knock);
    else {
        done = PyObject_CallMethodNoArgs(SLOT(self, py.loop), s_is_closed);
        if (done == Py_True)
            Py_SETREF(done, PyObject_CallMethodNoArgs(letters, s_clear));
    }
    Py_XDECREF(done);
    return done == NULL ? -1 : 0;
}

static PyObject *
mailbox_post(PyObject *self, PyObject *const *args, Py_ssize_t nargs)
{
    if (nargs != 5 || !PyTuple_Check(args[1]) || !PyDict_Check(args[2]) || !PyLong_Check(args[4])) {
        PyErr_SetString(PyExc_TypeError, "post() takes what callbacks.run() takes");
        return NULL;
    }
    PyObject *kwargs = PyDict_GET_SIZE(args[2]) ? args[2] : NULL;
    Py_INCREF(args[1]);
    Py_XINCREF(kwargs);
    Py_INCREF(args[3]);
    Call *call = new_call(args[0], args[1], kwargs, args[3], (int)PyLong_AsLong(args[4]));
    if (call == NULL)
        return NULL;
    int done = post(self, call);
    Py_DECREF(call);
    if (done < 0)
        return NULL;
    Py_RETURN_NONE;
}

static int
read_letter(PyObject *letters)
{
    Call *letter = (Call *)PyObject_CallMethodNoArgs(letters, s_popleft);
    if (letter == NULL)
        return -1;
    int done = zonda_run_in(letter->context, letter->callback, letter->args, letter->kwargs,
                      letter->code, letter->offset);
    Py_DECREF(letter);
    return done;
}

static PyObject *
mailbox_empty(PyObject *self, PyObject *Py_UNUSED(nothing))
{
    PyObject *letters = SLOT(self, py.letters);
    int done = 0;
    set_slot(self, py.knocked, Py_False);
    for (Py_ssize_t left = PyObject_Size(letters); done == 0 && left > 0; left--)
        done = read_letter(letters);
    if (PyObject_Size(letters) > 0 && SLOT(self, py.knocked) != Py_True) {
        PyObject *error = done < 0 ? take_exception() : NULL;
        PyObject *knocked = PyObject_CallMethodNoArgs(self, s_knock);
        if (knocked == NULL)
            done = -1;
        else if (error != NULL)
            PyErr_SetObject((PyObject *)Py_TYPE(error), error);
        Py_XDECREF(knocked);
        Py_XDECREF(error);
    }
    if (done < 0)
        return NULL;
    Py_RETURN_NONE;
}

/* The loop of this thread, or None: a new reference. */
static PyObject *
running_loop(void)
{
    PyObject *function = py.running_loop;
    if (PyCFunction_CheckExact(function) && PyCFunction_GET_FLAGS(function) == METH_NOARGS)
        return PyCFunction_GET_FUNCTION(function)(PyCFunction_GET_SELF(function), NULL);
    return PyObject_CallNoArgs(function);
}

/* Let the loop call it: 0, or -1 with an exception. */
static int
schedule(PyObject *self, Call *call)
{
    PyObject *running = running_loop();
    if (running == NULL)
        return -1;
    Py_DECREF(running);
    if (running != SLOT(self, py.asyncio_loop))
        return post(SLOT(self, py.mailbox), call);
    PyObject *handle = PyObject_CallOneArg(SLOT(self, py.call_soon), (PyObject *)call);
    Py_XDECREF(handle);
    return handle == NULL ? -1 : 0;
}

static PyObject *
io_loop_add_callback(PyObject *self, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    PyFrameObject *frame = PyEval_GetFrame();
    PyObject *kwargs = NULL;
    if (nargs == 0 || frame == NULL || SLOT(self, py.asyncio_loop) == NULL ||
        SLOT(self, py.call_soon) == NULL || SLOT(self, py.mailbox) == NULL)
        return zonda_in_python(py.add_callback, self, args, nargs, kwnames);
    if (kwnames != NULL && (kwargs = zonda_dict(kwnames, args + nargs)) == NULL)
        return NULL;
    Call *call = new_call(args[0], zonda_tuple(args + 1, nargs - 1), kwargs,
                          (PyObject *)PyFrame_GetCode(frame), PyFrame_GetLasti(frame));
    if (call == NULL)
        return NULL;
    int done = schedule(self, call);
    Py_DECREF(call);
    if (done < 0)
        return NULL;
    Py_RETURN_NONE;
}

static PyMethodDef methods[] = {
    {"add_callback", FAST(io_loop_add_callback), METH_FASTCALL | METH_KEYWORDS,
     PyDoc_STR("add_callback($self, callback, /, *args, **kwargs)\n--\n\n"
               "Call *callback* in the next round of the loop; safe from any thread.")},
    {"spawn_callback", FAST(io_loop_add_callback), METH_FASTCALL | METH_KEYWORDS,
     PyDoc_STR("spawn_callback($self, callback, /, *args, **kwargs)\n--\n\n"
               "The same as `add_callback`.")},
    {"post", FAST(mailbox_post), METH_FASTCALL, NULL},
    {"_empty", mailbox_empty, METH_NOARGS, NULL},
};

/* Replace the methods of some classes; *given* has these and what else is needed, by name. */
static PyObject *
replace(PyObject *module, PyObject *given)
{
    PyObject *io_loop, *mailbox, *before;
    if (!PyDict_CheckExact(given)) {
        PyErr_SetString(PyExc_TypeError, "replace() takes a dict");
        return NULL;
    }
    TAKE(io_loop, "IOLoop"); TAKE(mailbox, "Mailbox");
    TAKE(py.running_loop, "running_loop"); TAKE(py.follow, "follow"); TAKE(py.report, "report");
    TAKE(py.cancelled_error, "CancelledError");
    FIND(py.asyncio_loop, io_loop, "asyncio_loop"); FIND(py.call_soon, io_loop, "_call_soon");
    FIND(py.mailbox, io_loop, "_mailbox"); FIND(py.loop, mailbox, "_loop");
    FIND(py.letters, mailbox, "_letters"); FIND(py.knocked, mailbox, "_knocked");
    REPLACE(py.add_callback, io_loop, &methods[0]);
    REPLACE(before, io_loop, &methods[1]);
    REPLACE(before, mailbox, &methods[2]);
    REPLACE(before, mailbox, &methods[3]);
    return zonda_replace_timers(given);
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
    if (PyType_Ready(&Call_Type) < 0 ||
        (s_append = PyUnicode_InternFromString("append")) == NULL ||
        (s_popleft = PyUnicode_InternFromString("popleft")) == NULL ||
        (s_clear = PyUnicode_InternFromString("clear")) == NULL ||
        (s_is_closed = PyUnicode_InternFromString("is_closed")) == NULL ||
        (s_knock = PyUnicode_InternFromString("_knock")) == NULL)
        return NULL;
    return PyModule_Create(&definition);
}
