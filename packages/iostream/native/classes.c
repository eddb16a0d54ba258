/* Where the objects of the Python classes have their slots. */

#include "classes.h"

struct classes py;

int
prepare_classes(PyObject *given)
{
    const struct wanted wanted[] = {
        {"BaseIOStream", &py.stream}, {"StreamConnection", &py.connection},
        {"ReadBuffer", &py.buffer_type}, {"WriteQueue", &py.queue}, {"Read", &py.read_type},
        {"ReadBytes", &py.bytes_read}, {"ReadUntil", &py.until_read}, {"READY", &py.ready},
    };
    if (take_all(given, wanted, COUNT(wanted)) < 0 || (py.zero = PyLong_FromLong(0)) == NULL)
        return -1;
    const struct slot slots[] = {
        {py.stream, "_begun", &py.begun}, {py.stream, "_connection", &py.connection_of},
        {py.stream, "max_buffer_size", &py.max_buffer_size},
        {py.stream, "_at_once", &py.at_once},
        {py.stream, "_last_max_bytes", &py.last_max_bytes},
        {py.stream, "_last_wish", &py.last_wish},
        {py.connection, "loop", &py.loop},
        {py.connection, "_reading_paused", &py.reading_paused},
        {py.connection, "_read", &py.read}, {py.connection, "_reader", &py.reader},
        {py.connection, "_eof", &py.eof}, {py.connection, "ended", &py.ended},
        {py.connection, "buffer", &py.buffer}, {py.connection, "writes", &py.writes},
        {py.buffer_type, "size", &py.size},
        {py.queue, "idle", &py.idle}, {py.queue, "transport", &py.transport},
        {py.read_type, "least", &py.least}, {py.bytes_read, "_count", &py.count},
        {py.until_read, "delimiter", &py.delimiter}, {py.until_read, "_farthest", &py.farthest},
        {py.until_read, "seen", &py.seen},
    };
    return find_all(slots, COUNT(slots));
}
