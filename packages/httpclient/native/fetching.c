/* AsyncHTTPClient.fetch and begin: a request and a fetch are made, and the fetch begins. */

#include "fetches.h"

/* What is needed of the Python code besides its classes. */
static struct {
    PyObject *fetch, *begin;  /* what is replaced */
    PyObject *request_init, *time, *running_loop, *future, *cancelled;
} python;

static struct {
    PyObject *init, *get, *begin, *loop, *options, *options_of, *look, *queue, *time,
        *add_done_callback;
} s;

static PyObject *named_options, *named_loop;  /* names of arguments */
static PyObject *no_time, *zero;

/* HTTPRequest(url): a new reference, or NULL with an exception. */
static PyObject *
new_request(PyObject *url)
{
    int is_own = attribute_is((PyObject *)py.request, s.init, python.request_init);
    if (is_own < 0)
        return NULL;
    if (!is_own || py.request->tp_new != PyBaseObject_Type.tp_new)
        return PyObject_CallOneArg((PyObject *)py.request, url);
    PyObject *now = PyObject_CallMethodNoArgs(python.time, s.time);
    PyObject *request =
        now == NULL ? NULL : PyBaseObject_Type.tp_new(py.request, py.empty_tuple, NULL);
    if (request != NULL) {
        fill_slot(request, py.url, url);
        fill_slot(request, py.r_method, s.get);
        fill_slot(request, py.own_headers, Py_None);
        fill_slot(request, py.body, Py_None);
        fill_slot(request, py.start_time, now);
    }
    Py_XDECREF(now);
    return request;
}

/* Call AsyncHTTPClient.begin: the future of the fetch, a new reference, or NULL with an
   exception. */
static PyObject *
future_of(PyObject *self, PyObject *request, PyObject *raise_error, PyObject *options)
{
    PyObject *args[4] = {self, request, raise_error, options};
    PyObject *fetch = PyObject_VectorcallMethod(s.begin, args, 3, named_options), *future;
    if (fetch == NULL)
        return NULL;
    if (Py_IS_TYPE(fetch, py.fetch) && (future = SLOT(fetch, py.future)) != NULL)
        Py_INCREF(future);
    else
        future = PyObject_GetAttrString(fetch, "future");
    Py_DECREF(fetch);
    return future;
}

/* What is known of a client's options, or NULL. */
static PyObject *
default_options(PyObject *client)
{
    PyObject *preparation = SLOT(client, py.client_preparation);
    return preparation != NULL && Py_IS_TYPE(preparation, py.preparation)
               ? SLOT(preparation, py.default_options)
               : NULL;
}

/* AsyncHTTPClient.fetch(request, raise_error=True, *, callback=None, **kwargs) */
static PyObject *
client_fetch(PyObject *self, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    /* One argument, or `raise_error` beside it. */
    Py_ssize_t named = kwnames == NULL ? 0 : PyTuple_GET_SIZE(kwnames);
    PyObject *raise_error = nargs + named == 2 ? args[1] : Py_True;
    PyObject *options = default_options(self);
    if (!Py_IS_TYPE(self, py.client) || nargs < 1 || nargs + named > 2 ||
        !PyBool_Check(raise_error) || options == NULL ||
        (named == 1 && PyUnicode_CompareWithASCIIString(PyTuple_GET_ITEM(kwnames, 0),
                                                        "raise_error") != 0))
        return call_method_function(python.fetch, self, args, nargs, kwnames);
    if (Py_IS_TYPE(args[0], py.request))
        return future_of(self, args[0], raise_error, Py_None);
    if (!PyUnicode_CheckExact(args[0]))
        return call_method_function(python.fetch, self, args, nargs, kwnames);
    Py_INCREF(options);
    PyObject *request = new_request(args[0]);
    PyObject *future =
        request == NULL ? NULL : future_of(self, request, raise_error, options);
    Py_XDECREF(request);
    Py_DECREF(options);
    return future;
}

PyObject *
cancelled_method(PyObject *fetch)
{
    return PyMethod_New(python.cancelled, fetch);
}

/* The future of a fetch, which tells the fetch if it is cancelled: 0, or -1 with an exception. */
static int
make_future(PyObject *fetch, PyObject *loop)
{
    PyObject *future = PyObject_Vectorcall(python.future, &loop, 0, named_loop);
    PyObject *cancelled = future == NULL ? NULL : cancelled_method(fetch);
    PyObject *done = NULL;
    if (cancelled != NULL) {
        fill_slot(fetch, py.future, future);
        done = PyObject_CallMethodOneArg(future, s.add_done_callback, cancelled);
    }
    Py_XDECREF(future);
    Py_XDECREF(cancelled);
    Py_XDECREF(done);
    return done == NULL ? -1 : 0;
}

/* When a fetch begins, and what it knows of time: 0, or -1 with an exception. */
static int
fill_times(PyObject *fetch, PyObject *loop, PyObject *total)
{
    PyObject *now = PyObject_CallMethodNoArgs(loop, s.time);
    PyObject *ends = now == NULL ? NULL : PyNumber_Add(now, total);
    PyObject *times = ends == NULL ? NULL : PyDict_New();
    int done = times == NULL ? -1 : PyDict_SetItem(times, s.queue, no_time);
    if (done == 0) {
        fill_slot(fetch, py.loop, loop);
        fill_slot(fetch, py.phase, py.new_phase);
        fill_slot(fetch, py.start, now);
        fill_slot(fetch, py.began, now);
        fill_slot(fetch, py.heard, now);
        fill_slot(fetch, py.ends, ends);
        fill_slot(fetch, py.deadline, py.never);
        fill_slot(fetch, py.times, times);
        fill_slot(fetch, py.timer, Py_None);
    }
    Py_XDECREF(now);
    Py_XDECREF(ends);
    Py_XDECREF(times);
    return done;
}

/* Fetch(client, request, options, raise_error): a new reference, or NULL with an exception. */
static PyObject *
new_fetch(PyObject *client, PyObject *request, PyObject *options, PyObject *raise_error)
{
    PyObject *loop = SLOT(client, py.client_loop);
    PyObject *fetch = py.fetch->tp_alloc(py.fetch, 0);
    if (fetch == NULL)
        return NULL;
    Py_INCREF(loop);
    int done = fill_times(fetch, loop, SLOT(options, py.total));
    if (done == 0) {
        fill_slot(fetch, py.client_of, client);
        fill_slot(fetch, py.original, request);
        fill_slot(fetch, py.current, request);
        fill_slot(fetch, py.options_of, options);
        fill_slot(fetch, py.raise_error, raise_error);
        fill_slot(fetch, py.reader, Py_None);
        fill_slot(fetch, py.streams, Py_False);
        fill_slot(fetch, py.context, Py_None);
        fill_slot(fetch, py.task, Py_None);
        fill_slot(fetch, py.channel, Py_None);
        fill_slot(fetch, py.sender, Py_None);
        fill_slot(fetch, py.answer, Py_None);
        fill_slot(fetch, py.next, Py_None);
        fill_slot(fetch, py.detours, py.no_detours);
        fill_slot(fetch, py.takes_whole, zero);
        done = make_future(fetch, loop);
    }
    if (done < 0)
        Py_CLEAR(fetch);
    Py_DECREF(loop);
    return fetch;
}

/* Have the client watch a fetch: 0, or -1 with an exception. */
static int
watch(PyObject *sweep, PyObject *fetch)
{
    if (PySet_Add(SLOT(sweep, py.members), fetch) < 0)
        return -1;
    if (SLOT(sweep, py.sweep_timer) != Py_None)
        return 0;
    PyObject *done = PyObject_CallMethodNoArgs(sweep, s.look);
    Py_XDECREF(done);
    return done == NULL ? -1 : 0;
}

/* Whether a client can begin a fetch as it was made to. */
static int
is_ready(PyObject *client)
{
    PyObject *sweep = SLOT(client, py.fetches), *members;
    return Py_IS_TYPE(client, py.client) && SLOT(client, py.closed) == Py_False &&
           SLOT(client, py.client_loop) != NULL && sweep != NULL &&
           SLOT(client, py.client_preparation) != NULL && Py_IS_TYPE(sweep, py.sweep) &&
           (members = SLOT(sweep, py.members)) != NULL && PySet_CheckExact(members);
}

/* Whether the loop that runs is the client's: 1, 0, or -1 with an exception. */
static int
is_in_its_loop(PyObject *client)
{
    PyObject *running = PyObject_CallNoArgs(python.running_loop);
    Py_XDECREF(running);
    return running == NULL ? -1 : running == SLOT(client, py.client_loop);
}

/* AsyncHTTPClient.begin(request, raise_error, reader=None, options=None) */
static PyObject *
client_begin(PyObject *self, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    int is = is_ready(self) && nargs == 2 && kwnames != NULL && PyTuple_GET_SIZE(kwnames) == 1 &&
             PyTuple_GET_ITEM(kwnames, 0) == s.options &&
             (args[2] == Py_None || Py_IS_TYPE(args[2], py.options));
    if (is)
        is = is_in_its_loop(self);
    if (is < 0)
        return NULL;
    if (!is)
        return call_method_function(python.begin, self, args, nargs, kwnames);
    PyObject *options = args[2], *sweep = SLOT(self, py.fetches);
    Py_INCREF(sweep);
    if (options != Py_None)
        Py_INCREF(options);
    else
        options = PyObject_CallMethodOneArg(SLOT(self, py.client_preparation), s.options_of,
                                            args[0]);
    PyObject *fetch = options == NULL ? NULL : new_fetch(self, args[0], options, args[1]);
    if (fetch != NULL && (watch(sweep, fetch) < 0 || begin_fetch(fetch) < 0))
        Py_CLEAR(fetch);
    Py_XDECREF(options);
    Py_DECREF(sweep);
    return fetch;
}

static PyMethodDef fetch_method = {
    "fetch", (PyCFunction)(void (*)(void))client_fetch, METH_FASTCALL | METH_KEYWORDS,
    PyDoc_STR("fetch($self, request, raise_error=True, *, callback=None, **kwargs)\n--\n\n"
              "Fetch *request*; the result is the `HTTPResponse`."),
};

static PyMethodDef begin_method = {
    "begin", (PyCFunction)(void (*)(void))client_begin, METH_FASTCALL | METH_KEYWORDS,
    PyDoc_STR("begin($self, request, raise_error, reader=None, options=None)\n--\n\n"
              "Start a fetch."),
};

int
replace_fetch(PyObject *given)
{
    const struct wanted wanted[] = {
        {"time", &python.time}, {"running_loop", &python.running_loop},
        {"Future", &python.future},
    };
    const struct name names[] = {
        {&s.init, "__init__"}, {&s.get, "GET"}, {&s.begin, "begin"}, {&s.loop, "loop"},
        {&s.options, "options"},
        {&s.options_of, "options_of"}, {&s.look, "_look"}, {&s.queue, "queue"},
        {&s.time, "time"}, {&s.add_done_callback, "add_done_callback"},
    };
    if (take_all(given, wanted, COUNT(wanted)) < 0 || intern_all(names, COUNT(names)) < 0 ||
        (named_options = PyTuple_Pack(1, s.options)) == NULL ||
        (named_loop = PyTuple_Pack(1, s.loop)) == NULL ||
        (no_time = PyFloat_FromDouble(0.0)) == NULL || (zero = PyLong_FromLong(0)) == NULL ||
        (python.request_init = PyObject_GetAttr((PyObject *)py.request, s.init)) == NULL ||
        (python.cancelled = PyObject_GetAttrString((PyObject *)py.fetch, "_cancelled")) == NULL ||
        (python.fetch = replace_method((PyObject *)py.client, &fetch_method)) == NULL)
        return -1;
    python.begin = replace_method((PyObject *)py.client, &begin_method);
    return python.begin == NULL ? -1 : 0;
}
