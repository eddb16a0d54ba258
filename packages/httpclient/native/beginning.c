/* Fetch.begin and connected: a plain GET is prepared, gets a connection, and is sent. */

#include "fetches.h"

/* What is needed of the Python code besides its classes. */
static struct {
    PyObject *begin, *connected;  /* what is replaced */
    PyObject *plain_plan;
    double precise_below;
} python;

static struct {
    PyObject *wait_in_queue, *set_timer;
} s;

/* Whether a request is a GET that has nothing but its URL. */
static int
is_plain_get(PyObject *request)
{
    if (!Py_IS_TYPE(request, py.request) || SLOT(request, py.own_headers) != Py_None ||
        SLOT(request, py.body) != Py_None)
        return 0;
    PyObject *method = SLOT(request, py.r_method), *url = SLOT(request, py.url);
    return url != NULL && PyUnicode_CheckExact(url) && method != NULL &&
           PyUnicode_CheckExact(method) && PyUnicode_CompareWithASCIIString(method, "GET") == 0;
}

/* Whether nothing is to be added to a request by its options, its client, or what has happened. */
static int
is_plain_fetch(PyObject *fetch, PyObject *preparation)
{
    PyObject *options = SLOT(fetch, py.options_of);
    return Py_IS_TYPE(options, py.options) && SLOT(options, py.is_watched) == Py_False &&
           SLOT(options, py.is_plain) == Py_True && SLOT(fetch, py.reader) == Py_None &&
           SLOT(fetch, py.detours) == py.no_detours && Py_IS_TYPE(preparation, py.preparation) &&
           SLOT(preparation, py.adds_nothing) == Py_True;
}

/* Where a plain GET goes, and its head: a new reference, or NULL, where an exception may be set. */
static PyObject *
plan_of(PyObject *fetch, PyObject *client)
{
    PyObject *request = SLOT(fetch, py.current);
    if (!is_plain_fetch(fetch, SLOT(client, py.client_preparation)) || !is_plain_get(request))
        return NULL;
    PyObject *plan = PyObject_CallOneArg(python.plain_plan, SLOT(request, py.url));
    if (plan != NULL && !(PyTuple_CheckExact(plan) && PyTuple_GET_SIZE(plan) == 3))
        Py_CLEAR(plan);
    if (plan == NULL && PyErr_Occurred() && PyErr_ExceptionMatches(PyExc_Exception))
        PyErr_Clear(); /* the Python code will find it, and say so */
    return plan;
}

/* Get a prepared request a connection: 0, or -1 with an exception. */
static int
get_connection(PyObject *fetch, PyObject *pool)
{
    int result = acquire(pool, fetch);
    if (result == 0 && SLOT(fetch, py.phase) == py.new_phase) {
        PyObject *done =
            PyObject_CallMethodOneArg(fetch, s.wait_in_queue, SLOT(fetch, py.options_of));
        Py_XDECREF(done);
        result = done == NULL ? -1 : 0;
    }
    return result;
}

int
begin_fetch(PyObject *fetch)
{
    PyObject *client = SLOT(fetch, py.client_of), *pool = NULL, *plan = NULL;
    if (client != NULL && Py_IS_TYPE(client, py.client) &&
        (pool = SLOT(client, py.client_pool)) != NULL && Py_IS_TYPE(pool, py.pool) &&
        SLOT(client, py.client_preparation) != NULL)
        plan = plan_of(fetch, client);
    if (plan == NULL) {
        PyObject *done = PyErr_Occurred() ? NULL : PyObject_CallOneArg(python.begin, fetch);
        Py_XDECREF(done);
        return done == NULL ? -1 : 0;
    }
    set_slot(fetch, py.takes_whole, SLOT(SLOT(fetch, py.options_of), py.most_whole));
    set_slot(fetch, py.target, PyTuple_GET_ITEM(plan, 0));
    set_slot(fetch, py.route, PyTuple_GET_ITEM(plan, 1));
    set_slot(fetch, py.head_bytes, PyTuple_GET_ITEM(plan, 2));
    Py_DECREF(plan);
    Py_INCREF(pool);
    int done = get_connection(fetch, pool);
    Py_DECREF(pool);
    return done;
}

/* Fetch.begin() */
static PyObject *
fetch_begin(PyObject *self, PyObject *Py_UNUSED(ignored))
{
    if (!Py_IS_TYPE(self, py.fetch))
        return PyObject_CallOneArg(python.begin, self);
    if (begin_fetch(self) < 0)
        return NULL;
    Py_RETURN_NONE;
}

/* What Phased.enter does where the phase before was the first: 0, or -1 with an exception. */
static int
enter_exchange(PyObject *self, double silence)
{
    PyObject *began = SLOT(self, py.began);
    double now = PyFloat_AS_DOUBLE(began), ends = SECONDS(self, py.ends);
    set_slot(self, py.phase, py.exchanging);
    set_slot(self, py.heard, began);
    if (now + silence < ends) {
        ends = now + silence;
        if (set_seconds(self, py.deadline, ends) < 0)
            return -1;
    }
    else
        set_slot(self, py.deadline, SLOT(self, py.ends));
    if (SLOT(self, py.timer) == Py_None && !(ends - now < python.precise_below))
        return 0;
    PyObject *done = PyObject_CallMethodOneArg(self, s.set_timer, began);
    Py_XDECREF(done);
    return done == NULL ? -1 : 0;
}

/* Whether a fetch has just begun, and sends nothing but a head that cannot say "close". */
static int
sends_at_once(PyObject *self)
{
    if (!Py_IS_TYPE(self, py.fetch) || SLOT(self, py.phase) != py.new_phase ||
        !has_seconds(self, py.began) || !has_seconds(self, py.ends))
        return 0;
    PyObject *options = SLOT(self, py.options_of), *request = SLOT(self, py.current);
    return Py_IS_TYPE(options, py.options) && SLOT(options, py.has_producer) == Py_False &&
           has_seconds(options, py.silence) && Py_IS_TYPE(request, py.request) &&
           SLOT(request, py.body) == Py_None && SLOT(request, py.own_headers) == Py_None &&
           SLOT(request, py.r_method) != NULL;
}

/* What `connected` does where that is the case: 0, or -1 with an exception. */
static int
send_at_once(PyObject *fetch, PyObject *connection)
{
    PyObject *head = SLOT(fetch, py.head_bytes);
    PyObject *method = SLOT(SLOT(fetch, py.current), py.r_method);
    if (enter_exchange(fetch, SECONDS(SLOT(fetch, py.options_of), py.silence)) < 0)
        return -1;
    set_slot(fetch, py.channel, connection);
    Py_INCREF(head);
    Py_INCREF(method);
    int done = send_head(connection, fetch, method, head);
    Py_DECREF(head);
    Py_DECREF(method);
    return done;
}

int
connected(PyObject *fetch, PyObject *connection)
{
    if (Py_IS_TYPE(connection, py.connection) && sends_at_once(fetch))
        return send_at_once(fetch, connection);
    PyObject *done = call_method_function(python.connected, fetch, &connection, 1, NULL);
    Py_XDECREF(done);
    return done == NULL ? -1 : 0;
}

/* Fetch.connected(channel) */
static PyObject *
fetch_connected(PyObject *self, PyObject *channel)
{
    if (connected(self, channel) < 0)
        return NULL;
    Py_RETURN_NONE;
}

static PyMethodDef begin_method = {
    "begin", fetch_begin, METH_NOARGS,
    PyDoc_STR("begin($self, /)\n--\n\nPrepare the current request and get it a channel."),
};

static PyMethodDef connected_method = {
    "connected", fetch_connected, METH_O,
    PyDoc_STR("connected($self, channel, /)\n--\n\nHere is a connection: send the request."),
};

int
replace_begin(PyObject *given)
{
    const struct name names[] = {
        {&s.wait_in_queue, "_wait_in_queue"}, {&s.set_timer, "_set_timer"},
    };
    PyObject *precise_below = PyDict_GetItemString(given, "PRECISE_BELOW");
    if (take_given(given, "plain_plan", &python.plain_plan) < 0 ||
        intern_all(names, COUNT(names)) < 0)
        return -1;
    python.precise_below = precise_below == NULL ? -1 : PyFloat_AsDouble(precise_below);
    if (python.precise_below < 0) {
        PyErr_SetString(PyExc_ValueError, "PRECISE_BELOW must be a number of seconds");
        return -1;
    }
    if ((python.begin = replace_method((PyObject *)py.fetch, &begin_method)) == NULL)
        return -1;
    python.connected = replace_method((PyObject *)py.fetch, &connected_method);
    return python.connected == NULL ? -1 : 0;
}
