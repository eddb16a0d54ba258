/* Scheduling a callback: what every event of a program passes through. */

#include "scheduling.h"

/* What is needed of the Python code. */
static struct {
    PyObject *add_callback;  /* what is replaced */
    PyObject *running_loop;
} python;

/* Slots of an IOLoop. */
static struct {
    Py_ssize_t asyncio_loop, call_soon, mailbox;
} py;

/* The loop of this thread, or None: a new reference. */
static PyObject *
running_loop(void)
{
    PyObject *function = python.running_loop;
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
        return in_python(python.add_callback, self, args, nargs, kwnames);
    if (kwnames != NULL && (kwargs = dict_of(kwnames, args + nargs)) == NULL)
        return NULL;
    Call *call = new_call(args[0], tuple_of(args + 1, nargs - 1), kwargs,
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
};

int
replace_callbacks(PyObject *given)
{
    PyObject *io_loop;
    const struct wanted wanted[] = {
        {"IOLoop", &io_loop}, {"running_loop", &python.running_loop},
    };
    if (take_all(given, wanted, COUNT(wanted)) < 0)
        return -1;
    const struct slot slots[] = {
        {io_loop, "asyncio_loop", &py.asyncio_loop}, {io_loop, "_call_soon", &py.call_soon},
        {io_loop, "_mailbox", &py.mailbox},
    };
    if (find_all(slots, COUNT(slots)) < 0)
        return -1;
    python.add_callback = replace_method(io_loop, &methods[0]);
    return python.add_callback != NULL && replace_method(io_loop, &methods[1]) != NULL ? 0 : -1;
}
