/* Setting timeouts, taking them back, and calling what they are for. */

#include "scheduling.h"

/* What is needed of the Python code besides its classes. */
static struct {
    PyObject *call_later, *remove, *call_timeout;  /* what is replaced */
    PyObject *heappush, *nothing, *no_args;
} python;

/* A class, and slots. */
static struct {
    PyTypeObject *timeout;
    Py_ssize_t clock, timers;                                  /* of an IOLoop */
    Py_ssize_t heap, count, armed, cancelled;                  /* of Timers */
    Py_ssize_t callback, args, kwargs, code, offset, context;  /* of a Timeout */
} py;

static struct {
    PyObject *arm;
} s;

static int
is_pending(PyObject *timeout)
{
    return Py_IS_TYPE(timeout, py.timeout) && SLOT(timeout, py.callback) != Py_None;
}

static int
is_delay(PyObject *object)
{
    double delay = PyFloat_CheckExact(object) ? PyFloat_AS_DOUBLE(object)
                   : PyLong_CheckExact(object) ? PyLong_AsDouble(object) : -1;
    PyErr_Clear();
    return delay >= 0;
}

/* Whatever can be NULL among the arguments is an exception. */
static PyObject *
new_timeout(PyObject *callback, PyObject *args, PyObject *kwargs, PyObject *code, PyObject *offset,
            PyObject *context)
{
    PyTypeObject *type = py.timeout;
    PyObject *timeout = NULL;
    if (args != NULL && kwargs != NULL && offset != NULL && context != NULL &&
        (timeout = type->tp_alloc(type, 0)) != NULL) {
        set_slot(timeout, py.callback, callback);
        set_slot(timeout, py.args, args);
        set_slot(timeout, py.kwargs, kwargs);
        set_slot(timeout, py.code, code);
        set_slot(timeout, py.offset, offset);
        set_slot(timeout, py.context, context);
    }
    return timeout;
}

/* Onto the heap of the timers: 0, or -1 with an exception. */
static int
push(PyObject *timers, PyObject *when, PyObject *timeout)
{
    PyObject *count = PyLong_FromSsize_t(PyLong_AsSsize_t(SLOT(timers, py.count)) + 1);
    PyObject *entry = count == NULL ? NULL : PyTuple_Pack(3, when, count, timeout);
    if (entry == NULL) {
        Py_XDECREF(count);
        return -1;
    }
    set_slot(timers, py.count, count);
    PyObject *args[2] = {SLOT(timers, py.heap), entry};
    PyObject *done = PyObject_Vectorcall(python.heappush, args, 2, NULL);
    int earlier =
        done == NULL ? -1 : PyObject_RichCompareBool(when, SLOT(timers, py.armed), Py_LT);
    if (earlier > 0)
        Py_SETREF(done, PyObject_CallMethodOneArg(timers, s.arm, when));
    Py_DECREF(count);
    Py_DECREF(entry);
    Py_XDECREF(done);
    return done == NULL || earlier < 0 ? -1 : 0;
}

static PyObject *
io_loop_call_later(PyObject *self, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    PyFrameObject *frame = PyEval_GetFrame();
    if (nargs < 2 || frame == NULL || !is_delay(args[0]) || SLOT(self, py.clock) == NULL ||
        SLOT(self, py.timers) == NULL)
        return in_python(python.call_later, self, args, nargs, kwnames);
    PyObject *rest = tuple_of(args + 2, nargs - 2);
    PyObject *kwargs = kwnames == NULL ? Py_NewRef(python.nothing) : dict_of(kwnames, args + nargs);
    PyObject *code = (PyObject *)PyFrame_GetCode(frame);
    PyObject *offset = PyLong_FromLong(PyFrame_GetLasti(frame));
    PyObject *context = PyContext_CopyCurrent();
    PyObject *timeout = new_timeout(args[1], rest, kwargs, code, offset, context);
    PyObject *now = timeout == NULL ? NULL : PyObject_CallNoArgs(SLOT(self, py.clock));
    PyObject *when = now == NULL ? NULL : PyNumber_Add(now, args[0]);
    if (when == NULL || push(SLOT(self, py.timers), when, timeout) < 0)
        Py_CLEAR(timeout);
    Py_XDECREF(rest);
    Py_XDECREF(kwargs);
    Py_DECREF(code);
    Py_XDECREF(offset);
    Py_XDECREF(context);
    Py_XDECREF(now);
    Py_XDECREF(when);
    return timeout;
}

static PyObject *
io_loop_remove_timeout(PyObject *self, PyObject *timeout)
{
    PyObject *timers = SLOT(self, py.timers), *cancelled = NULL;
    if (timers != NULL && is_pending(timeout)) {
        Py_ssize_t count = PyLong_AsSsize_t(SLOT(timers, py.cancelled)) + 1;
        if (count * 2 <= PyList_GET_SIZE(SLOT(timers, py.heap)) &&
            (cancelled = PyLong_FromSsize_t(count)) == NULL)
            return NULL;
    }
    if (cancelled == NULL)  /* it is over, or the heap may have to be cleared */
        return in_python(python.remove, self, &timeout, 1, NULL);
    set_slot(timers, py.cancelled, cancelled);
    Py_DECREF(cancelled);
    set_slot(timeout, py.callback, Py_None);
    set_slot(timeout, py.args, python.no_args);
    set_slot(timeout, py.kwargs, python.nothing);
    Py_RETURN_NONE;
}

static PyObject *
timers_call(PyObject *self, PyObject *timeout)
{
    if (!is_pending(timeout))
        return call_method_function(python.call_timeout, self, &timeout, 1, NULL);
    PyObject *callback = SLOT(timeout, py.callback), *kwargs = SLOT(timeout, py.kwargs);
    Py_INCREF(callback);
    set_slot(timeout, py.callback, Py_None);
    int done = run_in(SLOT(timeout, py.context), callback, SLOT(timeout, py.args),
                      PyDict_GET_SIZE(kwargs) ? kwargs : NULL, SLOT(timeout, py.code),
                      PyLong_AsLong(SLOT(timeout, py.offset)));
    Py_DECREF(callback);
    if (done < 0)
        return NULL;
    Py_RETURN_NONE;
}

static PyMethodDef methods[] = {
    {"call_later", FAST(io_loop_call_later), METH_FASTCALL | METH_KEYWORDS,
     PyDoc_STR("call_later($self, delay, callback, /, *args, **kwargs)\n--\n\n"
               "Call *callback* in *delay* seconds.")},
    {"remove_timeout", io_loop_remove_timeout, METH_O,
     PyDoc_STR("remove_timeout($self, timeout, /)\n--\n\n"
               "Cancel a timeout; nothing happens where it has been called already.")},
    {"_call", timers_call, METH_O, NULL},
};

int
replace_timers(PyObject *given)
{
    PyObject *io_loop, *timers;
    const struct wanted wanted[] = {
        {"IOLoop", &io_loop}, {"Timers", &timers}, {"Timeout", &py.timeout},
        {"heappush", &python.heappush}, {"NOTHING", &python.nothing},
    };
    const struct name names[] = {{&s.arm, "_arm"}};
    if (take_all(given, wanted, COUNT(wanted)) < 0 || intern_all(names, COUNT(names)) < 0 ||
        (python.no_args = PyTuple_New(0)) == NULL)
        return -1;
    const struct slot slots[] = {
        {io_loop, "_clock", &py.clock}, {io_loop, "_timers", &py.timers},
        {timers, "_heap", &py.heap}, {timers, "_count", &py.count},
        {timers, "_armed", &py.armed}, {timers, "_cancelled", &py.cancelled},
        {py.timeout, "callback", &py.callback}, {py.timeout, "args", &py.args},
        {py.timeout, "kwargs", &py.kwargs}, {py.timeout, "code", &py.code},
        {py.timeout, "offset", &py.offset}, {py.timeout, "context", &py.context},
    };
    if (find_all(slots, COUNT(slots)) < 0)
        return -1;
    python.call_later = replace_method(io_loop, &methods[0]);
    python.remove = replace_method(io_loop, &methods[1]);
    python.call_timeout = replace_method(timers, &methods[2]);
    return python.call_later != NULL && python.remove != NULL && python.call_timeout != NULL
        ? 0 : -1;
}
