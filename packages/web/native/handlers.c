/* The way that nearly every request takes through an application: its handler is found by the path,
   runs without waiting, and writes one answer.

   Nothing is decided here that the Python code does not decide too: each function of this file
   replaces a method, and calls it where it cannot do the same.  Whatever a class of handlers, or
   an application, overrides is called. */

#include "json_text.h"
#include "routes.h"
#include "slots.h"
#include <string.h>

/* What is needed of the Python code; set once, by `replace`. */
static struct {
    PyTypeObject *delegate, *request, *headers, *block, *application, *route, *handler;
    PyObject *headers_received, *finish_delegate, *start_request;  /* what is replaced */
    PyObject *finish, *write, *set_header, *init, *initialize;
    PyObject *run, *fail, *decode, *start, *prepare_and_call, *conclude;
    PyObject *whole, *ready, *html, *json, *supported, *server_line, *sha1, *perf_counter;
    Py_ssize_t d_application, d_chunks, d_connection, d_receiver, d_route, d_server_connection;
    Py_ssize_t d_handler, d_request;
    Py_ssize_t method, uri, version, r_headers, body, connection, server_connection, start_time;
    Py_ssize_t known, source, early;
    Py_ssize_t content_type, finished, headers_written, made_headers, new_cookies, reason;
    Py_ssize_t status_code, write_buffer, h_application, h_request;
} py;

static PyObject *empty_bytes, *empty_tuple, *ok, *sha1_names;

static struct {
    PyObject *application_static, *find_route, *fail_to_make, *hand_on, *init, *initialize;
    PyObject *has_default_headers, *has_own_etag, *has_etag_check, *has_decode_argument;
    PyObject *is_guarded, *supported, *get, *post, *put, *patch, *delete_, *prepare, *task;
    PyObject *settings, *cross_origin_protection, *xsrf_cookies;
    PyObject *hosts, *table, *path_args, *path_kwargs;
    PyObject *auto_finish, *finish, *write, *transforms, *respond, *log_request, *on_finish;
    PyObject *hexdigest, *join, *if_none_match, *use, *mode, *run_handler;
} s;

/* 1 if an attribute is the object that is expected, 0 if not, -1 with an exception. */
static int
attribute_is(PyObject *object, PyObject *name, PyObject *expected)
{
    PyObject *value = PyObject_GetAttr(object, name);
    if (value == NULL)
        return -1;
    Py_DECREF(value);
    return value == expected;
}

/* Whether a flag of a handler is set: 1, 0, or -1 with an exception. */
static int
is_set(PyObject *flag)
{
    if (flag == Py_False || flag == NULL)
        return 0;
    return flag == Py_True ? 1 : PyObject_IsTrue(flag);
}

/* Application.start_request */
static PyObject *
start_request(PyObject *self, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    if (nargs != 2 || kwnames != NULL)
        return call_method_function(py.start_request, self, args, nargs, kwnames);
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
    PyObject *now = PyObject_CallNoArgs(py.perf_counter);
    if (now == NULL)
        return NULL;
    PyObject *request = PyBaseObject_Type.tp_new(py.request, empty_tuple, NULL);
    if (request != NULL) {
        set_slot(request, py.method, PyTuple_GET_ITEM(start_line, 0));
        set_slot(request, py.uri, PyTuple_GET_ITEM(start_line, 1));
        set_slot(request, py.version, PyTuple_GET_ITEM(start_line, 2));
        set_slot(request, py.r_headers, headers);
        set_slot(request, py.body, empty_bytes);
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
        return call_method_function(py.headers_received, self, args, nargs, kwnames);
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
    int is = Py_IS_TYPE(route, py.route) ? PyTuple_GET_ITEM(route, 4) == py.whole
                                         : attribute_is(route, s.mode, py.whole);
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

/* Whether a class of handlers is made as RequestHandler itself makes them: 1, 0, or -1. */
static int
is_made_simply(PyObject *handler_class)
{
    if (!Py_IS_TYPE(handler_class, &PyType_Type) ||
        ((PyTypeObject *)handler_class)->tp_new != PyBaseObject_Type.tp_new ||
        !PyType_IsSubtype((PyTypeObject *)handler_class, py.handler))
        return 0;
    int is = attribute_is(handler_class, s.init, py.init);
    return is <= 0 ? is : attribute_is(handler_class, s.has_default_headers, Py_False);
}

/* A handler for a request: a new reference. */
static PyObject *
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
        PyBaseObject_Type.tp_new((PyTypeObject *)handler_class, empty_tuple, NULL);
    PyObject *buffer = PyList_New(0);
    if (handler == NULL || buffer == NULL) {
        Py_XDECREF(handler);
        Py_XDECREF(buffer);
        return NULL;
    }
    set_slot(handler, py.h_application, application);
    set_slot(handler, py.h_request, request);
    set_slot(handler, py.status_code, ok);
    set_slot(handler, py.reason, Py_None);
    set_slot(handler, py.made_headers, Py_None);
    set_slot(handler, py.content_type, py.html);
    set_slot(handler, py.write_buffer, buffer);
    set_slot(handler, py.new_cookies, Py_None);
    set_slot(handler, py.headers_written, Py_False);
    set_slot(handler, py.finished, Py_False);
    Py_DECREF(buffer);
    int is_default = is_empty ? attribute_is(handler_class, s.initialize, py.initialize) : 0;
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
    PyObject *started = PyObject_CallOneArg(py.start, coroutine);
    Py_DECREF(coroutine);
    return started;
}

/* What the verb's method gave back: 0, or -1 with an exception. */
static int
conclude(PyObject *handler, PyObject *result)
{
    PyObject *done = NULL;
    if (result != Py_None && result != py.ready) {
        PyObject *args[2] = {handler, result};
        done = start_coroutine(py.conclude, args, 2);
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
        PyObject *task = start_coroutine(py.prepare_and_call, all, 5);
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
    PyObject *decoded = PyObject_Vectorcall(py.decode, all, 2, NULL);
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

/* The name of the method for a request's verb: a borrowed reference, or NULL for verbs that are
   rare. */
static PyObject *
verb_of(PyObject *request)
{
    PyObject *method = SLOT(request, py.method);
    struct { const char *verb; PyObject *name; } verbs[] = {
        {"GET", s.get}, {"POST", s.post}, {"PUT", s.put}, {"PATCH", s.patch},
        {"DELETE", s.delete_},
    };
    if (method != NULL && PyUnicode_CheckExact(method))
        for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++)
            if (PyUnicode_CompareWithASCIIString(method, verbs[i].verb) == 0)
                return verbs[i].name;
    return NULL;
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
    int is = attribute_is(handler, s.supported, py.supported);
    if (is > 0 && *verb != s.get) {
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
        return call_runner(py.run, handler, route);
    PyObject *verb = is_plain < 0 ? NULL : PyObject_GetAttr(handler, name);
    int done = -1;
    if (verb != NULL && arguments_of(handler, route, &args, &named) == 0) {
        done = call_verb(handler, verb, args, named);
        Py_DECREF(args);
        Py_DECREF(named);
    }
    Py_XDECREF(verb);
    return done < 0 ? give_error(py.fail, handler) : 0;
}

/* The body, if it came in one piece or there is none: a borrowed reference, or NULL. */
static PyObject *
one_piece(PyObject *chunks)
{
    if (chunks == Py_None)
        return empty_bytes;
    return chunks != NULL && PyList_CheckExact(chunks) && PyList_GET_SIZE(chunks) == 1 &&
                   PyBytes_CheckExact(PyList_GET_ITEM(chunks, 0))
               ? PyList_GET_ITEM(chunks, 0)
               : NULL;
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
        return call_method_function(py.finish_delegate, self, NULL, 0, NULL);
    if (body != empty_bytes) {
        set_slot(request, py.body, body);
        set_slot(self, py.d_chunks, Py_None);
    }
    Py_INCREF(route);
    Py_INCREF(request);
    Py_INCREF(application);
    PyObject *handler = new_handler(PyTuple_GET_ITEM(route, 0), PyTuple_GET_ITEM(route, 1),
                                    application, request);
    Py_DECREF(request);
    int done = -1;
    if (handler == NULL) {
        if (PyErr_ExceptionMatches(PyExc_Exception)) {
            PyObject *error = take_exception();
            PyObject *told = PyObject_CallMethodOneArg(self, s.fail_to_make, error);
            Py_DECREF(error);
            Py_XDECREF(told);
            done = told == NULL ? -1 : 0;
        }
    }
    else {
        set_slot(self, py.d_handler, handler);
        PyObject *context = PyContext_CopyCurrent();
        PyObject *runner = PyObject_GetAttr(application, s.run_handler);
        if (context != NULL && runner != NULL && PyContext_Enter(context) == 0) {
            done = runner == py.run ? run(handler, route) : call_runner(runner, handler, route);
            if (PyContext_Exit(context) < 0)
                done = -1;
        }
        Py_XDECREF(runner);
        Py_XDECREF(context);
        Py_DECREF(handler);
    }
    Py_DECREF(application);
    Py_DECREF(route);
    if (done < 0)
        return NULL;
    Py_RETURN_NONE;
}

/* RequestHandler.set_header */
static PyObject *
set_header(PyObject *self, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    if (nargs == 2 && kwnames == NULL && PyUnicode_CheckExact(args[0]) &&
        PyUnicode_CheckExact(args[1]) && PyUnicode_IS_ASCII(args[1]) &&
        SLOT(self, py.made_headers) == Py_None &&
        PyUnicode_CompareWithASCIIString(args[0], "Content-Type") == 0) {
        const unsigned char *text = PyUnicode_1BYTE_DATA(args[1]);
        Py_ssize_t left = PyUnicode_GET_LENGTH(args[1]);
        while (left > 0 && text[left - 1] >= 0x20 && text[left - 1] < 0x7f)
            left--;
        if (left == 0) {
            set_slot(self, py.content_type, args[1]);
            Py_RETURN_NONE;
        }
    }
    return call_method_function(py.set_header, self, args, nargs, kwnames);
}

/* RequestHandler.write */
static PyObject *
write_chunk(PyObject *self, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    PyObject *buffer = SLOT(self, py.write_buffer);
    if (nargs == 1 && kwnames == NULL && SLOT(self, py.finished) == Py_False && buffer != NULL &&
        PyList_CheckExact(buffer)) {
        PyObject *chunk = NULL;
        if (PyBytes_CheckExact(args[0])) {
            chunk = args[0];
            Py_INCREF(chunk);
        }
        else if (PyUnicode_CheckExact(args[0]))
            chunk = PyUnicode_AsUTF8String(args[0]);
        else if (PyDict_CheckExact(args[0]) && SLOT(self, py.made_headers) == Py_None &&
                 (chunk = json_bytes(args[0])) != NULL)
            set_slot(self, py.content_type, py.json);
        if (chunk != NULL) {
            int done = PyList_Append(buffer, chunk);
            Py_DECREF(chunk);
            if (done < 0)
                return NULL;
            Py_RETURN_NONE;
        }
        if (PyErr_Occurred())
            return NULL;
    }
    return call_method_function(py.write, self, args, nargs, kwnames);
}

/* The header lines of a request that were read already, or NULL if it is no ordinary one. */
static PyObject *
early_of(PyObject *request)
{
    PyObject *headers = SLOT(request, py.r_headers);
    if (headers == NULL || !Py_IS_TYPE(headers, py.headers) ||
        SLOT(headers, py.known) != Py_None)
        return NULL;
    PyObject *block = SLOT(headers, py.source);
    PyObject *early = block == NULL || !Py_IS_TYPE(block, py.block) ? NULL : SLOT(block, py.early);
    return early != NULL && PyDict_CheckExact(early) ? early : NULL;
}

/* Whether an answer with a status has a body, as `output.BODILESS` has it. */
static int
has_body(PyObject *status)
{
    if (status == ok)
        return 1;
    int is_huge = 0;
    long code = 0;
    if (status != NULL && PyLong_CheckExact(status))
        code = PyLong_AsLongAndOverflow(status, &is_huge);
    return code >= 200 && code <= 999 && code != 204 && code != 304;
}

/* Whether an answer is one for `send_whole`: 1, 0, or -1 with an exception. */
static int
is_whole(PyObject *self)
{
    if (SLOT(self, py.h_application) == NULL)
        return 0;
    int is = attribute_is(self, s.has_own_etag, Py_False);
    if (is > 0)
        is = attribute_is(self, s.has_etag_check, Py_False);
    if (is <= 0)
        return is;
    PyObject *transforms = PyObject_GetAttr(SLOT(self, py.h_application), s.transforms);
    if (transforms == NULL)
        return -1;
    is = PyList_CheckExact(transforms) && PyList_GET_SIZE(transforms) == 0;
    Py_DECREF(transforms);
    PyObject *request = SLOT(self, py.h_request);
    if (!is || SLOT(self, py.headers_written) != Py_False ||
        SLOT(self, py.finished) != Py_False || !has_body(SLOT(self, py.status_code)) ||
        SLOT(self, py.made_headers) != Py_None || SLOT(self, py.new_cookies) != Py_None ||
        request == NULL || !Py_IS_TYPE(request, py.request) ||
        SLOT(request, py.connection) == NULL || verb_of(request) == NULL)
        return 0;
    PyObject *content_type = SLOT(self, py.content_type);
    return content_type != NULL && PyUnicode_CheckExact(content_type) &&
           PyUnicode_IS_ASCII(content_type);
}

/* All that was written, in one piece: a new reference, or NULL without an exception if it is not
   only bytes. */
static PyObject *
body_of(PyObject *self)
{
    PyObject *buffer = SLOT(self, py.write_buffer);
    if (buffer == NULL || !PyList_CheckExact(buffer))
        return NULL;
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(buffer); i++)
        if (!PyBytes_CheckExact(PyList_GET_ITEM(buffer, i)))
            return NULL;
    if (PyList_GET_SIZE(buffer) != 1)
        return PyObject_CallMethodOneArg(empty_bytes, s.join, buffer);
    PyObject *body = PyList_GET_ITEM(buffer, 0);
    Py_INCREF(body);
    return body;
}

/* Whether an answer has an entity tag. */
static int
has_tag(PyObject *self)
{
    return SLOT(self, py.status_code) == ok && verb_of(SLOT(self, py.h_request)) == s.get;
}

/* What the entity tag of a body has between its quotes: a new reference. */
static PyObject *
digest_of(PyObject *body)
{
    PyObject *args[2] = {body, Py_False};
    PyObject *hash = PyObject_Vectorcall(py.sha1, args, 1, sha1_names);
    PyObject *digest = hash == NULL ? NULL : PyObject_CallMethodNoArgs(hash, s.hexdigest);
    Py_XDECREF(hash);
    return digest;
}

/* Whether the client may have the answer already: 0 if not, 1 if that has to be looked at, -1 with
   an exception. */
static int
may_be_known(PyObject *self, PyObject *digest)
{
    PyObject *early = early_of(SLOT(self, py.h_request));
    PyObject *given = early == NULL ? NULL : PyDict_GetItemWithError(early, s.if_none_match);
    if (given == NULL)
        return PyErr_Occurred() ? -1 : early == NULL;
    if (!PyList_CheckExact(given) || PyList_GET_SIZE(given) != 1)
        return 1;
    PyObject *tags = PyList_GET_ITEM(given, 0);
    if (!PyUnicode_CheckExact(tags) || !PyUnicode_IS_ASCII(tags) ||
        PyUnicode_FindChar(tags, '*', 0, PyUnicode_GET_LENGTH(tags), 1) != -1)
        return 1;
    return PyUnicode_Contains(tags, digest);
}

/* The header lines of an answer, with its entity tag if it has one: a new reference. */
static PyObject *
fields_of(PyObject *self, PyObject *digest)
{
    PyObject *type = SLOT(self, py.content_type);
    Py_ssize_t before = PyUnicode_GET_LENGTH(py.server_line);
    Py_ssize_t size = PyUnicode_GET_LENGTH(type);
    Py_ssize_t tag = digest == NULL ? 0 : PyUnicode_GET_LENGTH(digest);
    PyObject *fields = PyUnicode_New(before + size + (digest == NULL ? 2 : tag + 12), 127);
    if (fields != NULL) {
        char *end = (char *)PyUnicode_1BYTE_DATA(fields);
        memcpy(end, PyUnicode_1BYTE_DATA(py.server_line), (size_t)before);
        end += before;
        memcpy(end, PyUnicode_1BYTE_DATA(type), (size_t)size);
        end += size;
        memcpy(end, "\r\n", 2);
        end += 2;
        if (digest != NULL) {
            memcpy(end, "Etag: \"", 7);
            memcpy(end + 7, PyUnicode_1BYTE_DATA(digest), (size_t)tag);
            memcpy(end + 7 + tag, "\"\r\n", 3);
        }
    }
    return fields;
}

/* Send an answer with its head: 0, or -1 with an exception. */
static int
send_whole(PyObject *self, PyObject *fields, PyObject *body)
{
    PyObject *connection = SLOT(SLOT(self, py.h_request), py.connection);
    PyObject *application = SLOT(self, py.h_application);
    PyObject *reason = SLOT(self, py.reason) == NULL ? Py_None : SLOT(self, py.reason);
    PyObject *status = SLOT(self, py.status_code);
    Py_INCREF(status);
    Py_INCREF(application);
    Py_INCREF(connection);
    Py_INCREF(reason);
    set_slot(self, py.headers_written, Py_True);
    set_slot(self, py.finished, Py_True);
    PyObject *args[5] = {connection, status, fields, body, reason};
    PyObject *done = PyObject_VectorcallMethod(s.respond, args, 5, NULL);
    Py_DECREF(status);
    Py_DECREF(connection);
    Py_DECREF(reason);
    if (done != NULL) {
        Py_DECREF(done);
        done = PyObject_CallMethodOneArg(application, s.log_request, self);
    }
    if (done != NULL) {
        Py_DECREF(done);
        done = PyObject_CallMethodNoArgs(self, s.on_finish);
    }
    Py_DECREF(application);
    Py_XDECREF(done);
    return done == NULL ? -1 : 0;
}

/* Send what was written as a whole answer: 1, or 0 if it is none of that kind, or -1 with an
   exception. */
static int
finish_whole(PyObject *self)
{
    int is = is_whole(self);
    PyObject *body = is == 1 ? body_of(self) : NULL;
    if (body == NULL)
        return PyErr_Occurred() ? -1 : 0;
    PyObject *digest = NULL;
    int result = 0;
    if (has_tag(self)) {
        digest = digest_of(body);
        result = digest == NULL ? -1 : may_be_known(self, digest);
    }
    if (result != 0)
        result = result < 0 ? -1 : 0;
    else {
        PyObject *fields = fields_of(self, digest);
        result = fields == NULL || send_whole(self, fields, body) < 0 ? -1 : 1;
        Py_XDECREF(fields);
    }
    Py_XDECREF(digest);
    Py_DECREF(body);
    return result;
}

/* RequestHandler.finish */
static PyObject *
finish(PyObject *self, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    if (nargs == 1 && kwnames == NULL && args[0] != Py_None &&
        SLOT(self, py.finished) == Py_False) {
        PyObject *written = PyObject_CallMethodOneArg(self, s.write, args[0]);
        if (written == NULL)
            return NULL;
        Py_DECREF(written);
        nargs = 0;
    }
    int done = nargs == 0 && kwnames == NULL ? finish_whole(self) : 0;
    if (done < 0)
        return NULL;
    if (!done)
        return call_method_function(py.finish, self, args, nargs, kwnames);
    Py_INCREF(py.ready);
    return py.ready;
}

#define FLAGS (METH_FASTCALL | METH_KEYWORDS)
#define FUNCTION(name) (PyCFunction)(void (*)(void))(name)

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

static PyMethodDef handler_methods[] = {
    {"finish", FUNCTION(finish), FLAGS,
     PyDoc_STR("finish($self, chunk=None)\n--\n\n"
               "Complete the answer, with a last chunk.")},
    {"write", FUNCTION(write_chunk), FLAGS,
     PyDoc_STR("write($self, chunk)\n--\n\n"
               "Add to the answer's body; a mapping becomes a JSON object.")},
    {"set_header", FUNCTION(set_header), FLAGS,
     PyDoc_STR("set_header($self, name, value)\n--\n\n"
               "Set a header, in place of all lines of that name.")},
};

static int
take_all(PyObject *given)
{
    struct { const char *name; void *place; } wanted[] = {
        {"RequestHandler", &py.handler}, {"HandlerDelegate", &py.delegate},
        {"HTTPServerRequest", &py.request},
        {"HTTPHeaders", &py.headers}, {"HeaderBlock", &py.block},
        {"Application", &py.application}, {"Route", &py.route}, {"run", &py.run},
        {"fail", &py.fail}, {"decode", &py.decode}, {"start", &py.start},
        {"prepare_and_call", &py.prepare_and_call}, {"conclude", &py.conclude},
        {"WHOLE", &py.whole}, {"READY", &py.ready}, {"HTML", &py.html}, {"JSON", &py.json},
        {"SERVER_LINE", &py.server_line}, {"sha1", &py.sha1},
        {"perf_counter", &py.perf_counter},
    };
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++)
        if (take_given(given, wanted[i].name, wanted[i].place) < 0)
            return -1;
    return 0;
}

static int
find_slots(PyObject *handler)
{
    struct { void *type; const char *name; Py_ssize_t *place; } wanted[] = {
        {py.delegate, "_application", &py.d_application},
        {py.delegate, "_chunks", &py.d_chunks},
        {py.delegate, "_connection", &py.d_connection},
        {py.delegate, "_receiver", &py.d_receiver},
        {py.delegate, "_route", &py.d_route},
        {py.delegate, "_server_connection", &py.d_server_connection},
        {py.delegate, "handler", &py.d_handler},
        {py.delegate, "request", &py.d_request},
        {py.request, "method", &py.method},
        {py.request, "uri", &py.uri},
        {py.request, "version", &py.version},
        {py.request, "headers", &py.r_headers},
        {py.request, "body", &py.body},
        {py.request, "connection", &py.connection},
        {py.request, "server_connection", &py.server_connection},
        {py.request, "_start_time", &py.start_time},
        {py.headers, "_known", &py.known},
        {py.headers, "_source", &py.source},
        {py.block, "early", &py.early},
        {handler, "_content_type", &py.content_type},
        {handler, "_finished", &py.finished},
        {handler, "_headers_written", &py.headers_written},
        {handler, "_made_headers", &py.made_headers},
        {handler, "_new_cookies", &py.new_cookies},
        {handler, "_reason", &py.reason},
        {handler, "_status_code", &py.status_code},
        {handler, "_write_buffer", &py.write_buffer},
        {handler, "application", &py.h_application},
        {handler, "request", &py.h_request},
    };
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++)
        if ((*wanted[i].place = slot_offset(wanted[i].type, wanted[i].name)) < 0)
            return -1;
    return 0;
}

/* Replace methods; *given* has the classes and what else is needed, by name. */
static PyObject *
replace(PyObject *module, PyObject *given)
{
    if (!PyDict_CheckExact(given)) {
        PyErr_SetString(PyExc_TypeError, "replace() takes a dict");
        return NULL;
    }
    if (take_all(given) < 0)
        return NULL;
    PyObject *handler = (PyObject *)py.handler;
    if (find_slots(handler) < 0 || prepare_routes(given) < 0)
        return NULL;
    if ((py.init = PyObject_GetAttr(handler, s.init)) == NULL ||
        (py.initialize = PyObject_GetAttr(handler, s.initialize)) == NULL ||
        (py.supported = PyObject_GetAttr(handler, s.supported)) == NULL)
        return NULL;
    PyObject *application = (PyObject *)py.application, *delegate = (PyObject *)py.delegate;
    py.start_request = replace_method(application, &application_methods[0]);
    py.headers_received = replace_method(delegate, &delegate_methods[0]);
    py.finish_delegate = replace_method(delegate, &delegate_methods[1]);
    py.finish = replace_method(handler, &handler_methods[0]);
    py.write = replace_method(handler, &handler_methods[1]);
    py.set_header = replace_method(handler, &handler_methods[2]);
    if (PyErr_Occurred())
        return NULL;
    Py_RETURN_NONE;
}

/* The JSON that is written here for a value, or None. */
static PyObject *
try_json(PyObject *module, PyObject *value)
{
    PyObject *text = json_bytes(value);
    if (text == NULL && !PyErr_Occurred())
        Py_RETURN_NONE;
    return text;
}

static PyMethodDef functions[] = {
    {"replace", replace, METH_O, PyDoc_STR("replace($module, given, /)\n--\n\n")},
    {"json_bytes", try_json, METH_O, PyDoc_STR("json_bytes($module, value, /)\n--\n\n")},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef definition = {
    PyModuleDef_HEAD_INIT, .m_name = "zonda.web._native", .m_size = -1, .m_methods = functions,
};

static int
intern_names(void)
{
    struct { PyObject **place; const char *text; } names[] = {
        {&s.application_static, "_static"}, {&s.find_route, "find_route"},
        {&s.fail_to_make, "_fail_to_make"}, {&s.hand_on, "_hand_on"}, {&s.init, "__init__"},
        {&s.initialize, "initialize"}, {&s.has_default_headers, "_has_default_headers"},
        {&s.has_own_etag, "_has_own_etag"}, {&s.has_decode_argument, "_has_decode_argument"},
        {&s.hosts, "_hosts"}, {&s.table, "_table"}, {&s.path_args, "path_args"},
        {&s.path_kwargs, "path_kwargs"},
        {&s.has_etag_check, "_has_etag_check"}, {&s.is_guarded, "_is_guarded"},
        {&s.supported, "SUPPORTED_METHODS"}, {&s.get, "get"}, {&s.post, "post"},
        {&s.put, "put"}, {&s.patch, "patch"}, {&s.delete_, "delete"}, {&s.settings, "settings"},
        {&s.cross_origin_protection, "cross_origin_protection"},
        {&s.xsrf_cookies, "xsrf_cookies"},
        {&s.prepare, "prepare"},
        {&s.task, "_task"}, {&s.auto_finish, "_auto_finish"}, {&s.finish, "finish"},
        {&s.write, "write"}, {&s.transforms, "transforms"}, {&s.respond, "respond"},
        {&s.log_request, "log_request"}, {&s.on_finish, "on_finish"},
        {&s.hexdigest, "hexdigest"}, {&s.join, "join"}, {&s.if_none_match, "If-None-Match"},
        {&s.use, "usedforsecurity"}, {&s.mode, "mode"}, {&s.run_handler, "run_handler"},
    };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if ((*names[i].place = PyUnicode_InternFromString(names[i].text)) == NULL)
            return -1;
    return 0;
}

PyMODINIT_FUNC
PyInit__native(void)
{
    if (intern_names() < 0 || (empty_bytes = PyBytes_FromStringAndSize(NULL, 0)) == NULL ||
        (empty_tuple = PyTuple_New(0)) == NULL || (ok = PyLong_FromLong(200)) == NULL ||
        (sha1_names = PyTuple_Pack(1, s.use)) == NULL)
        return NULL;
    return PyModule_Create(&definition);
}
