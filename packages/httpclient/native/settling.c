/* Fetch.whole_received: the future of a fetch gets its response. */

#include "fetches.h"

/* What is needed of the Python code besides its classes. */
static struct {
    PyObject *whole_received;  /* what is replaced */
} python;

static struct {
    PyObject *stop_timer, *discard, *remove_done_callback, *done, *time, *total, *queue,
        *starttransfer, *set_result;
} s;

/* `zonda.http.shared_headers`: a new reference, or NULL with an exception. */
static PyObject *
headers_over(PyObject *fields)
{
    PyObject *headers = py.headers->tp_alloc(py.headers, 0);
    if (headers != NULL) {
        fill_slot(headers, py.known, fields);
        fill_slot(headers, py.shared, Py_True);
    }
    return headers;
}

/* Whether an answer is the response, and there is nothing to be looked up for it. */
static int
is_response(PyObject *start_line, PyObject *block, PyObject *body)
{
    if (!PyTuple_Check(start_line) || PyTuple_GET_SIZE(start_line) != 3 ||
        !Py_IS_TYPE(block, py.block) || !PyBytes_CheckExact(body))
        return 0;
    PyObject *reason = PyTuple_GET_ITEM(start_line, 2), *fields = SLOT(block, py.b_fields);
    return size_of(PyTuple_GET_ITEM(start_line, 1)) == 200 && PyUnicode_CheckExact(reason) &&
           PyUnicode_GET_LENGTH(reason) > 0 && fields != NULL && PyDict_CheckExact(fields);
}

/* Whether a fetch has requests of which a response can tell. */
static int
has_requests(PyObject *fetch)
{
    PyObject *original = SLOT(fetch, py.original), *current = SLOT(fetch, py.current);
    return Py_IS_TYPE(original, py.request) && SLOT(original, py.start_time) != NULL &&
           Py_IS_TYPE(current, py.request) && SLOT(current, py.url) != NULL;
}

/* What Fetch._leave does: 0, or -1 with an exception. */
static int
leave(PyObject *self, PyObject *client)
{
    set_slot(self, py.phase, py.done);
    if (SLOT(self, py.timer) != Py_None) {
        PyObject *stopped = PyObject_CallMethodNoArgs(self, s.stop_timer);
        Py_XDECREF(stopped);
        if (stopped == NULL)
            return -1;
    }
    PyObject *sweep = SLOT(client, py.fetches);
    PyObject *members = Py_IS_TYPE(sweep, py.sweep) ? SLOT(sweep, py.members) : NULL;
    if (members != NULL && PySet_CheckExact(members))
        return PySet_Discard(members, self) < 0 ? -1 : 0;
    PyObject *discarded = PyObject_CallMethodOneArg(sweep, s.discard, self);
    Py_XDECREF(discarded);
    return discarded == NULL ? -1 : 0;
}

/* Whether the future still waits, now that it tells the fetch nothing more: 1, 0, or -1 with an
   exception. */
static int
still_waits(PyObject *self, PyObject *future)
{
    PyObject *cancelled = cancelled_method(self);
    if (cancelled == NULL)
        return -1;
    PyObject *removed = PyObject_CallMethodOneArg(future, s.remove_done_callback, cancelled);
    Py_DECREF(cancelled);
    if (removed == NULL)
        return -1;
    Py_DECREF(removed);
    PyObject *done = PyObject_CallMethodNoArgs(future, s.done);
    Py_XDECREF(done);
    return done == NULL ? -1 : done != Py_True;
}

/* Write down how long a fetch took: the time without waiting, a new reference, or NULL with an
   exception. */
static PyObject *
note_time(PyObject *self, PyObject *times)
{
    PyObject *now = PyObject_CallMethodNoArgs(SLOT(self, py.loop), s.time), *took = NULL;
    PyObject *total = now == NULL ? NULL : PyNumber_Subtract(now, SLOT(self, py.start));
    PyObject *queue = total == NULL ? NULL : PyDict_GetItemWithError(times, s.queue);
    if (queue != NULL && PyDict_SetItem(times, s.total, total) == 0 &&
        PyDict_SetDefault(times, s.starttransfer, total) != NULL)
        took = PyNumber_Subtract(total, queue);
    else if (total != NULL && !PyErr_Occurred())
        PyErr_SetObject(PyExc_KeyError, s.queue);
    Py_XDECREF(now);
    Py_XDECREF(total);
    return took;
}

/* `made_response` of a good answer: a new reference, or NULL with an exception. */
static PyObject *
new_response(PyObject *self, PyObject *start_line, PyObject *block, PyObject *body)
{
    PyObject *request = SLOT(self, py.original), *times = SLOT(self, py.times);
    PyObject *took = note_time(self, times);
    PyObject *headers = took == NULL ? NULL : headers_over(SLOT(block, py.b_fields));
    PyObject *response =
        headers == NULL ? NULL : PyBaseObject_Type.tp_new(py.response, py.empty_tuple, NULL);
    if (response != NULL) {
        fill_slot(response, py.a_request, request);
        fill_slot(response, py.code, PyTuple_GET_ITEM(start_line, 1));
        fill_slot(response, py.reason, PyTuple_GET_ITEM(start_line, 2));
        fill_slot(response, py.a_headers, headers);
        fill_slot(response, py.effective_url, SLOT(SLOT(self, py.current), py.url));
        fill_slot(response, py.request_time, took);
        fill_slot(response, py.a_start_time, SLOT(request, py.start_time));
        fill_slot(response, py.time_info, times);
        fill_slot(response, py.a_buffer, Py_None);
        fill_slot(response, py.a_body, body);
        fill_slot(response, py.error, Py_None);
    }
    Py_XDECREF(took);
    Py_XDECREF(headers);
    return response;
}

/* Give a fetch its whole answer: 0, or -1 with an exception. */
static int
settle(PyObject *self, PyObject *start_line, PyObject *block, PyObject *body)
{
    PyObject *future = SLOT(self, py.future);
    set_slot(self, py.channel, Py_None);
    if (leave(self, SLOT(self, py.client_of)) < 0)
        return -1;
    int waits = still_waits(self, future);
    if (waits <= 0)
        return waits;
    PyObject *response = new_response(self, start_line, block, body);
    PyObject *done =
        response == NULL ? NULL : PyObject_CallMethodOneArg(future, s.set_result, response);
    Py_XDECREF(response);
    Py_XDECREF(done);
    return done == NULL ? -1 : 0;
}

int
whole_received(PyObject *fetch, PyObject *start_line, PyObject *block, PyObject *body)
{
    PyObject *client = SLOT(fetch, py.client_of), *times = SLOT(fetch, py.times);
    if (SLOT(fetch, py.sender) == Py_None && client != NULL && Py_IS_TYPE(client, py.client) &&
        SLOT(client, py.fetches) != NULL && SLOT(fetch, py.future) != NULL && times != NULL &&
        PyDict_CheckExact(times) && has_requests(fetch) && is_response(start_line, block, body))
        return settle(fetch, start_line, block, body);
    PyObject *args[3] = {start_line, block, body};
    PyObject *done = call_method_function(python.whole_received, fetch, args, 3, NULL);
    Py_XDECREF(done);
    return done == NULL ? -1 : 0;
}

/* Fetch.whole_received(start_line, block, body) */
static PyObject *
fetch_whole_received(PyObject *self, PyObject *const *args, Py_ssize_t nargs)
{
    if (!Py_IS_TYPE(self, py.fetch) || nargs != 3)
        return call_method_function(python.whole_received, self, args, nargs, NULL);
    if (whole_received(self, args[0], args[1], args[2]) < 0)
        return NULL;
    Py_RETURN_NONE;
}

static PyMethodDef whole_received_method = {
    "whole_received", (PyCFunction)(void (*)(void))fetch_whole_received, METH_FASTCALL,
    PyDoc_STR("whole_received($self, start_line, block, body, /)\n--\n\n"
              "The final answer came in one piece; the connection is not ours any more."),
};

int
replace_whole_received(void)
{
    const struct name names[] = {
        {&s.stop_timer, "stop_timer"}, {&s.discard, "discard"},
        {&s.remove_done_callback, "remove_done_callback"}, {&s.done, "done"}, {&s.time, "time"},
        {&s.total, "total"}, {&s.queue, "queue"}, {&s.starttransfer, "starttransfer"},
        {&s.set_result, "set_result"},
    };
    if (intern_all(names, COUNT(names)) < 0)
        return -1;
    python.whole_received = replace_method((PyObject *)py.fetch, &whole_received_method);
    return python.whole_received == NULL ? -1 : 0;
}
