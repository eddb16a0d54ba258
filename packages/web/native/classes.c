/* Where the objects of the Python classes have their slots. */

#include "classes.h"

struct classes py;

static int
find_slots(void)
{
    const struct slot slots[] = {
        {py.delegate, "_application", &py.d_application},
        {py.delegate, "_chunks", &py.d_chunks},
        {py.delegate, "_connection", &py.d_connection},
        {py.delegate, "_context", &py.d_context},
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
        {py.handler, "_content_type", &py.content_type},
        {py.handler, "_finished", &py.finished},
        {py.handler, "_headers_written", &py.headers_written},
        {py.handler, "_made_headers", &py.made_headers},
        {py.handler, "_new_cookies", &py.new_cookies},
        {py.handler, "_reason", &py.reason},
        {py.handler, "_status_code", &py.status_code},
        {py.handler, "_write_buffer", &py.write_buffer},
        {py.handler, "application", &py.h_application},
        {py.handler, "path_args", &py.path_args},
        {py.handler, "path_kwargs", &py.path_kwargs},
        {py.handler, "request", &py.h_request},
    };
    return find_all(slots, COUNT(slots));
}

int
prepare_classes(PyObject *given)
{
    const struct wanted wanted[] = {
        {"RequestHandler", &py.handler}, {"HandlerDelegate", &py.delegate},
        {"HTTPServerRequest", &py.request}, {"HTTPHeaders", &py.headers},
        {"HeaderBlock", &py.block}, {"Application", &py.application}, {"Route", &py.route},
        {"READY", &py.ready},
    };
    const struct name names[] = {
        {&py.get, "get"}, {&py.post, "post"}, {&py.put, "put"}, {&py.patch, "patch"},
        {&py.delete_, "delete"},
    };
    if (take_all(given, wanted, COUNT(wanted)) < 0 || intern_all(names, COUNT(names)) < 0 ||
        (py.empty_bytes = PyBytes_FromStringAndSize(NULL, 0)) == NULL ||
        (py.empty_tuple = PyTuple_New(0)) == NULL || (py.ok = PyLong_FromLong(200)) == NULL)
        return -1;
    return find_slots();
}
