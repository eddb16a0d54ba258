/* A request comes in: who answers it is found by the path, and is run when the request is complete.
   The methods of HandlerDelegate, and the one of Application that makes such delegates. */

#include "handlers.h"
#include "routes.h"

/* What is needed of the Python code besides its classes. */
static struct {
    PyObject *headers_received, *finish_delegate, *start_request;  /* what is replaced */
    PyObject *whole, *perf_counter;
} python;

static struct {
    PyObject *application_static, *hosts, *table, *find_route, *mode, *hand_on, *fail_to_make;
} s;

/* Application.start_request */
static PyObject *
start_request(PyObject *self, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    if (nargs != 2 || kwnames != NULL)
        return call_method_function(python.start_request, self, args, nargs, kwnames);
    PyObject *delegate = py.delegate->tp_alloc(py.delegate, 0);
    if (delegate != NULL) {
        set_slot(delegate, py.d_application, self);
        set_slot(delegate, py.d_server_connection, args[0]);
        set_slot(delegate, py.d_connection, args[1]);
        set_slot(delegate, py.d_chunks, Py_None);
        set_slot(delegate, py.d_receiver, Py_None);
        set_slot(delegate, py.d_handler, Py_None);
    }
    return delegate;
}

/* A request whose start line and headers are there: a new reference. */
static PyObject *
new_request(PyObject *delegate, PyObject *start_line, PyObject *headers)
{
    PyObject *now = PyObject_CallNoArgs(python.perf_counter);
    if (now == NULL)
        return NULL;
    PyObject *request = PyBaseObject_Type.tp_new(py.request, py.empty_tuple, NULL);
    if (request != NULL) {
        set_slot(request, py.method, PyTuple_GET_ITEM(start_line, 0));
        set_slot(request, py.uri, PyTuple_GET_ITEM(start_line, 1));
        set_slot(request, py.version, PyTuple_GET_ITEM(start_line, 2));
        set_slot(request, py.r_headers, headers);
        set_slot(request, py.body, py.empty_bytes);
        set_slot(request, py.connection, SLOT(delegate, py.d_connection));
        set_slot(request, py.server_connection, SLOT(delegate, py.d_server_connection));
        set_slot(request, py.start_time, now);
    }
    Py_DECREF(now);
    return request;
}

/* Who answers a target in the tables of an application: a new reference, or NULL, where an
   exception may be set. */
static PyObject *
find_by_target(PyObject *application, PyObject *target)
{
    PyObject *routes = PyObject_GetAttr(application, s.application_static);
    PyObject *route = NULL;
    if (routes != NULL && PyDict_CheckExact(routes)) {
        route = PyDict_GetItemWithError(routes, target);
        Py_XINCREF(route);
    }
    Py_XDECREF(routes);
    if (route != NULL || PyErr_Occurred())
        return route;
    PyObject *hosts = PyObject_GetAttr(application, s.hosts);
    if (hosts != NULL && PyList_CheckExact(hosts) && PyList_GET_SIZE(hosts) == 0) {
        PyObject *table = PyObject_GetAttr(application, s.table);
        route = table == NULL ? NULL : find_in_table(table, target);
        Py_XDECREF(table);
    }
    Py_XDECREF(hosts);
    return route;
}

/* Who answers a request: a new reference. */
static PyObject *
find_route(PyObject *application, PyObject *request)
{
    if (Py_IS_TYPE(application, py.application)) {
        PyObject *route = find_by_target(application, SLOT(request, py.uri));
        if (route != NULL || PyErr_Occurred())
            return route;
    }
    return PyObject_CallMethodOneArg(application, s.find_route, request);
}

/* HandlerDelegate.headers_received */
static PyObject *
headers_received(PyObject *self, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    if (!Py_IS_TYPE(self, py.delegate) || nargs != 2 || kwnames != NULL ||
        !PyTuple_Check(args[0]) || PyTuple_GET_SIZE(args[0]) != 3 ||
        SLOT(self, py.d_application) == NULL || SLOT(self, py.d_connection) == NULL ||
        SLOT(self, py.d_server_connection) == NULL)
        return call_method_function(python.headers_received, self, args, nargs, kwnames);
    PyObject *request = new_request(self, args[0], args[1]);
    if (request == NULL)
        return NULL;
    set_slot(self, py.d_request, request);
    PyObject *application = SLOT(self, py.d_application);
    Py_INCREF(application);
    PyObject *route = find_route(application, request);
    Py_DECREF(application);
    Py_DECREF(request);
    if (route == NULL)
        return NULL;
    int is = Py_IS_TYPE(route, py.route) ? PyTuple_GET_ITEM(route, 4) == python.whole
                                         : attribute_is(route, s.mode, python.whole);
    PyObject *result = NULL;
    if (is == 1) {
        set_slot(self, py.d_route, route);
        Py_INCREF(Py_None);
        result = Py_None;
    }
    else if (is == 0) {
        PyObject *all[4] = {self, route, args[0], args[1]};
        result = PyObject_VectorcallMethod(s.hand_on, all, 4, NULL);
    }
    Py_DECREF(route);
    return result;
}

/* The body, if it came in one piece or there is none: a borrowed reference, or NULL. */
static PyObject *
one_piece(PyObject *chunks)
{
    if (chunks == Py_None)
        return py.empty_bytes;
    return chunks != NULL && PyList_CheckExact(chunks) && PyList_GET_SIZE(chunks) == 1 &&
                   PyBytes_CheckExact(PyList_GET_ITEM(chunks, 0))
               ? PyList_GET_ITEM(chunks, 0)
               : NULL;
}

/* Make the handler of a request and have it run: 0, or -1 with an exception. */
static int
make_and_run(PyObject *self, PyObject *application, PyObject *request, PyObject *route)
{
    PyObject *handler = new_handler(PyTuple_GET_ITEM(route, 0), PyTuple_GET_ITEM(route, 1),
                                    application, request);
    int done = -1;
    if (handler != NULL) {
        set_slot(self, py.d_handler, handler);
        done = run_handler(application, handler, route);
        Py_DECREF(handler);
    }
    else if (PyErr_ExceptionMatches(PyExc_Exception)) {
        PyObject *error = take_exception();
        PyObject *told = PyObject_CallMethodOneArg(self, s.fail_to_make, error);
        Py_DECREF(error);
        Py_XDECREF(told);
        done = told == NULL ? -1 : 0;
    }
    return done;
}

/* The same in a context of its own, which the delegate keeps. */
static int
make_and_run_in_context(PyObject *self, PyObject *application, PyObject *request, PyObject *route)
{
    PyObject *context = PyContext_CopyCurrent();
    if (context == NULL)
        return -1;
    set_slot(self, py.d_context, context);
    int done = -1;
    if (PyContext_Enter(context) == 0) {
        done = make_and_run(self, application, request, route);
        if (PyContext_Exit(context) < 0)
            done = -1;
    }
    Py_DECREF(context);
    return done;
}

/* HandlerDelegate.finish */
static PyObject *
finish_delegate(PyObject *self, PyObject *Py_UNUSED(ignored))
{
    PyObject *route = SLOT(self, py.d_route);
    PyObject *request = SLOT(self, py.d_request);
    PyObject *application = SLOT(self, py.d_application);
    PyObject *body = one_piece(SLOT(self, py.d_chunks));
    if (!Py_IS_TYPE(self, py.delegate) || SLOT(self, py.d_receiver) != Py_None || body == NULL ||
        route == NULL || !Py_IS_TYPE(route, py.route) ||
        request == NULL || !Py_IS_TYPE(request, py.request) || application == NULL)
        return call_method_function(python.finish_delegate, self, NULL, 0, NULL);
    if (body != py.empty_bytes) {
        set_slot(request, py.body, body);
        set_slot(self, py.d_chunks, Py_None);
    }
    Py_INCREF(route);
    Py_INCREF(request);
    Py_INCREF(application);
    int done = make_and_run_in_context(self, application, request, route);
    Py_DECREF(request);
    Py_DECREF(application);
    Py_DECREF(route);
    if (done < 0)
        return NULL;
    Py_RETURN_NONE;
}

static PyMethodDef delegate_methods[] = {
    {"headers_received", FUNCTION(headers_received), FLAGS,
     PyDoc_STR("headers_received($self, start_line, headers)\n--\n\n"
               "Take the head, and find who answers it.")},
    {"finish", finish_delegate, METH_NOARGS,
     PyDoc_STR("finish($self)\n--\n\nThe request is complete: run its handler.")},
};

static PyMethodDef application_methods[] = {
    {"start_request", FUNCTION(start_request), FLAGS,
     PyDoc_STR("start_request($self, server_conn, request_conn)\n--\n\n"
               "Part of HTTPServerConnectionDelegate.")},
};

int
replace_request_delegate(PyObject *given)
{
    const struct wanted wanted[] = {
        {"WHOLE", &python.whole}, {"perf_counter", &python.perf_counter},
    };
    const struct name names[] = {
        {&s.application_static, "_static"}, {&s.hosts, "_hosts"}, {&s.table, "_table"},
        {&s.find_route, "find_route"}, {&s.mode, "mode"}, {&s.hand_on, "_hand_on"},
        {&s.fail_to_make, "_fail_to_make"},
    };
    if (take_all(given, wanted, COUNT(wanted)) < 0 || intern_all(names, COUNT(names)) < 0)
        return -1;
    PyObject *application = (PyObject *)py.application, *delegate = (PyObject *)py.delegate;
    python.start_request = replace_method(application, &application_methods[0]);
    python.headers_received = replace_method(delegate, &delegate_methods[0]);
    python.finish_delegate = replace_method(delegate, &delegate_methods[1]);
    return PyErr_Occurred() ? -1 : 0;
}
