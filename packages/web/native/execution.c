/* A handler runs without waiting: `prepare`, the method of the verb, `finish`.  As
   `zonda.web.execution` has it, which gets whatever waits. */

#include "handlers.h"

/* What is needed of the Python code besides its classes. */
static struct {
    PyObject *run, *fail, *decode, *start, *prepare_and_call, *conclude, *supported;
} python;

static struct {
    PyObject *auto_finish, *finish, *prepare, *task, *has_decode_argument, *path_args,
        *path_kwargs, *settings, *cross_origin_protection, *xsrf_cookies, *supported,
        *is_guarded, *run_handler, *done;
} s;

/* Whether a flag of a handler is set: 1, 0, or -1 with an exception. */
static int
is_set(PyObject *flag)
{
    if (flag == Py_False || flag == NULL)
        return 0;
    return flag == Py_True ? 1 : PyObject_IsTrue(flag);
}

/* Call a Python function with a handler and what it raised, for the exception that is set; one
   that is no Exception goes on. */
static int
give_error(PyObject *function, PyObject *handler)
{
    if (!PyErr_ExceptionMatches(PyExc_Exception))
        return -1;
    PyObject *error = take_exception();
    PyObject *args[2] = {handler, error};
    PyObject *done = PyObject_Vectorcall(function, args, 2, NULL);
    Py_DECREF(error);
    Py_XDECREF(done);
    return done == NULL ? -1 : 0;
}

/* Start a coroutine: a new reference to what stands for its rest. */
static PyObject *
start_coroutine(PyObject *function, PyObject *const *args, size_t nargs)
{
    PyObject *coroutine = PyObject_Vectorcall(function, args, nargs, NULL);
    if (coroutine == NULL)
        return NULL;
    PyObject *started = PyObject_CallOneArg(python.start, coroutine);
    Py_DECREF(coroutine);
    return started;
}

/* Keep the task of a coroutine that waits: 0, or -1 with an exception. */
static int
keep_unfinished(PyObject *handler, PyObject *started)
{
    PyObject *done = PyObject_CallMethodNoArgs(started, s.done);
    if (done == NULL)
        return -1;
    int kept = done == Py_True ? 0 : PyObject_SetAttr(handler, s.task, started);
    Py_DECREF(done);
    return kept;
}

/* What the verb's method gave back: 0, or -1 with an exception. */
static int
conclude(PyObject *handler, PyObject *result)
{
    PyObject *done = NULL;
    if (result != Py_None && result != py.ready) {
        PyObject *args[2] = {handler, result};
        done = start_coroutine(python.conclude, args, 2);
        if (done != NULL && keep_unfinished(handler, done) < 0)
            Py_CLEAR(done);
    }
    else {
        PyObject *automatic = PyObject_GetAttr(handler, s.auto_finish);
        if (automatic == NULL)
            return -1;
        int finishes = is_set(automatic);
        Py_DECREF(automatic);
        int finished = finishes > 0 ? is_set(SLOT(handler, py.finished)) : 0;
        if (finishes <= 0 || finished != 0)
            return finishes < 0 || finished < 0 ? -1 : 0;
        done = PyObject_CallMethodNoArgs(handler, s.finish);
    }
    Py_XDECREF(done);
    return done == NULL ? -1 : 0;
}

/* Prepare, call, finish: 0, or -1 with an exception. */
static int
call_verb(PyObject *handler, PyObject *verb, PyObject *args, PyObject *named)
{
    PyObject *prepared = PyObject_CallMethodNoArgs(handler, s.prepare);
    if (prepared == NULL)
        return -1;
    if (prepared != Py_None) {
        PyObject *all[5] = {handler, prepared, verb, args, named};
        PyObject *task = start_coroutine(python.prepare_and_call, all, 5);
        Py_DECREF(prepared);
        int done = task == NULL ? -1 : PyObject_SetAttr(handler, s.task, task);
        Py_XDECREF(task);
        return done;
    }
    Py_DECREF(prepared);
    int finished = is_set(SLOT(handler, py.finished));
    if (finished != 0)
        return finished < 0 ? -1 : 0;
    PyObject *result = PyObject_VectorcallDict(
        verb, ((PyTupleObject *)args)->ob_item, (size_t)PyTuple_GET_SIZE(args),
        PyDict_GET_SIZE(named) == 0 ? NULL : named);
    if (result == NULL)
        return -1;
    int done = conclude(handler, result);
    Py_DECREF(result);
    return done;
}

/* Whether groups of a path are text that needs no decoding. */
static int
are_plain(PyObject *args)
{
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(args); i++) {
        PyObject *text = PyTuple_GET_ITEM(args, i);
        if (!PyUnicode_CheckExact(text) ||
            PyUnicode_FindChar(text, '%', 0, PyUnicode_GET_LENGTH(text), 1) != -1)
            return 0;
    }
    return 1;
}

/* The groups of the path, if there are any, as the handler gets them: 0, or -1. */
static int
arguments_of(PyObject *handler, PyObject *route, PyObject **args, PyObject **named)
{
    *args = PyTuple_GET_ITEM(route, 2);
    *named = PyTuple_GET_ITEM(route, 3);
    int has_none = PyTuple_GET_SIZE(*args) == 0, has_names = PyDict_GET_SIZE(*named) != 0;
    int is_plain = 0;
    if (!has_none && !has_names && PyTuple_GET_ITEM(route, 5) == Py_None && are_plain(*args))
        is_plain = attribute_is(handler, s.has_decode_argument, Py_False);
    if (is_plain < 0 || (is_plain && (PyObject_SetAttr(handler, s.path_args, *args) < 0 ||
                                      PyObject_SetAttr(handler, s.path_kwargs, *named) < 0)))
        return -1;
    if (is_plain || (has_none && !has_names)) {
        Py_INCREF(*args);
        Py_INCREF(*named);
        return 0;
    }
    PyObject *all[2] = {handler, route};
    PyObject *decoded = PyObject_Vectorcall(python.decode, all, 2, NULL);
    if (decoded == NULL)
        return -1;
    if (!PyTuple_Check(decoded) || PyTuple_GET_SIZE(decoded) != 2 ||
        !PyTuple_Check(PyTuple_GET_ITEM(decoded, 0)) ||
        !PyDict_Check(PyTuple_GET_ITEM(decoded, 1))) {
        Py_DECREF(decoded);
        PyErr_SetString(PyExc_TypeError, "a tuple and a dict expected");
        return -1;
    }
    *args = PyTuple_GET_ITEM(decoded, 0);
    *named = PyTuple_GET_ITEM(decoded, 1);
    Py_INCREF(*args);
    Py_INCREF(*named);
    Py_DECREF(decoded);
    return 0;
}

/* Whether a setting of an application is on: 1, 0, or -1 with an exception. */
static int
is_on(PyObject *settings, PyObject *name)
{
    PyObject *value = PyDict_GetItemWithError(settings, name);
    if (value == NULL)
        return PyErr_Occurred() ? -1 : 0;
    Py_INCREF(value);
    int is = PyObject_IsTrue(value);
    Py_DECREF(value);
    return is;
}

/* Whether requests that change something are checked for forgery: 1, 0, or -1. */
static int
checks_forgery(PyObject *handler)
{
    PyObject *application = SLOT(handler, py.h_application);
    PyObject *settings = application == NULL ? NULL : PyObject_GetAttr(application, s.settings);
    if (settings == NULL)
        return application == NULL ? 1 : -1;
    int does = PyDict_CheckExact(settings) ? is_on(settings, s.cross_origin_protection) : 1;
    if (does == 0)
        does = is_on(settings, s.xsrf_cookies);
    Py_DECREF(settings);
    return does;
}

/* Whether a request is one for `call_verb`, and for which: 1, 0, or -1 with an exception. */
static int
is_plain_call(PyObject *handler, PyObject *route, PyObject **verb)
{
    if (!PyObject_TypeCheck(handler, py.handler))
        return 0;
    PyObject *request = SLOT(handler, py.h_request);
    if (!Py_IS_TYPE(route, py.route) || PyTuple_GET_SIZE(route) != 6 ||
        !PyTuple_CheckExact(PyTuple_GET_ITEM(route, 2)) ||
        !PyDict_CheckExact(PyTuple_GET_ITEM(route, 3)) || request == NULL ||
        !Py_IS_TYPE(request, py.request) || (*verb = verb_of(request)) == NULL)
        return 0;
    int is = attribute_is(handler, s.supported, python.supported);
    if (is > 0 && *verb != py.get) {
        is = checks_forgery(handler);
        is = is < 0 ? -1 : !is;
    }
    return is <= 0 ? is : attribute_is(handler, s.is_guarded, Py_False);
}

/* Let somebody run a handler: 0, or -1 with an exception. */
static int
call_runner(PyObject *runner, PyObject *handler, PyObject *route)
{
    PyObject *args[2] = {handler, route};
    PyObject *done = PyObject_Vectorcall(runner, args, 2, NULL);
    Py_XDECREF(done);
    return done == NULL ? -1 : 0;
}

/* `zonda.web.execution.run`: 0, or -1 with an exception that is no Exception. */
static int
run(PyObject *handler, PyObject *route)
{
    PyObject *args = NULL, *named = NULL, *name = NULL;
    int is_plain = is_plain_call(handler, route, &name);
    if (is_plain == 0)
        return call_runner(python.run, handler, route);
    PyObject *verb = is_plain < 0 ? NULL : PyObject_GetAttr(handler, name);
    int done = -1;
    if (verb != NULL && arguments_of(handler, route, &args, &named) == 0) {
        done = call_verb(handler, verb, args, named);
        Py_DECREF(args);
        Py_DECREF(named);
    }
    Py_XDECREF(verb);
    return done < 0 ? give_error(python.fail, handler) : 0;
}

int
run_handler(PyObject *application, PyObject *handler, PyObject *route)
{
    PyObject *runner = PyObject_GetAttr(application, s.run_handler);
    if (runner == NULL)
        return -1;
    int done = runner == python.run ? run(handler, route) : call_runner(runner, handler, route);
    Py_DECREF(runner);
    return done;
}

int
prepare_execution(PyObject *given)
{
    const struct wanted wanted[] = {
        {"run", &python.run}, {"fail", &python.fail}, {"decode", &python.decode},
        {"start", &python.start}, {"prepare_and_call", &python.prepare_and_call},
        {"conclude", &python.conclude},
    };
    const struct name names[] = {
        {&s.auto_finish, "_auto_finish"}, {&s.finish, "finish"}, {&s.prepare, "prepare"},
        {&s.task, "_task"}, {&s.has_decode_argument, "_has_decode_argument"},
        {&s.path_args, "path_args"}, {&s.path_kwargs, "path_kwargs"},
        {&s.settings, "settings"}, {&s.cross_origin_protection, "cross_origin_protection"},
        {&s.xsrf_cookies, "xsrf_cookies"}, {&s.supported, "SUPPORTED_METHODS"},
        {&s.is_guarded, "_is_guarded"}, {&s.run_handler, "run_handler"},
        {&s.done, "done"},
    };
    if (take_all(given, wanted, COUNT(wanted)) < 0 || intern_all(names, COUNT(names)) < 0)
        return -1;
    python.supported = PyObject_GetAttr((PyObject *)py.handler, s.supported);
    return python.supported == NULL ? -1 : 0;
}
