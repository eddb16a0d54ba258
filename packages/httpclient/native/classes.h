/* What the files of this directory know of the Python classes: their slots, and values of some. */

#ifndef ZONDA_CLASSES_H
#define ZONDA_CLASSES_H

#include "slots.h"

/* Set once, by `prepare_classes`. */
struct classes {
    PyTypeObject *client, *request, *options, *fetch, *preparation, *pool, *branch, *connection;
    PyTypeObject *head, *block, *headers, *response, *sweep;
    PyObject *no_detours, *open, *never, *empty_tuple;
    PyObject *new_phase, *exchanging, *done;             /* phases of a fetch */
    PyObject *idle_phase, *head_phase, *all_sent;        /* of a connection */
    /* Fetch */
    Py_ssize_t timer, began, deadline, ends, heard, loop, phase, start, times;
    Py_ssize_t answer, channel, client_of, context, current, detours, head_bytes, next, original;
    Py_ssize_t raise_error, reader, sender, streams, target, task, future, options_of, route;
    Py_ssize_t takes_whole;
    /* MergedOptions, Preparation */
    Py_ssize_t has_producer, is_plain, is_watched, silence, most_whole, total;
    Py_ssize_t adds_nothing, default_options;
    /* AsyncHTTPClient */
    Py_ssize_t closed, fetches, client_loop, client_pool, client_preparation;
    /* HTTPRequest, HTTPResponse */
    Py_ssize_t url, r_method, own_headers, body, start_time;
    Py_ssize_t a_body, a_buffer, code, effective_url, error, a_headers, reason, a_request,
        request_time, a_start_time, time_info;
    /* Pool, Branch */
    Py_ssize_t branches, homes, kept, waiting, idle_timeout, idle, active;
    /* ClientConnection */
    Py_ssize_t buffer, exchange, last_head, interims, max_header_size, method, owner, c_phase;
    Py_ssize_t fileno, sending, answered, used, state, transport, c_deadline, sweep_of;
    /* ResponseHead, HeaderBlock, HTTPHeaders, Sweep */
    Py_ssize_t raw, start_line, block_of, keeps, whole;
    Py_ssize_t b_raw, b_early, b_fields, b_framing, b_length, b_host, b_close, b_keep_alive,
        b_plain;
    Py_ssize_t known, shared;
    Py_ssize_t members, sweep_timer, now, interval;
};

SHARED struct classes py;

/* Take what is needed from a dict: 0, or -1 with an exception. */
SHARED int prepare_classes(PyObject *given);

/* Put a new reference into the empty slot of an object that was just made. */
static inline void
fill_slot(PyObject *object, Py_ssize_t offset, PyObject *value)
{
    Py_INCREF(value);
    SLOT(object, offset) = value;
}

/* 1 if an attribute is the object that is expected, 0 if not, -1 with an exception. */
static inline int
attribute_is(PyObject *object, PyObject *name, PyObject *expected)
{
    PyObject *value = PyObject_GetAttr(object, name);
    if (value == NULL)
        return -1;
    Py_DECREF(value);
    return value == expected;
}

/* A whole number that fits, or -1. */
static inline Py_ssize_t
size_of(PyObject *number)
{
    if (number == NULL || !PyLong_CheckExact(number))
        return -1;
    Py_ssize_t size = PyLong_AsSsize_t(number);
    if (size == -1)
        PyErr_Clear();
    return size;
}

/* Change a whole number in a slot: 0, or -1 with an exception. */
static inline int
set_size(PyObject *object, Py_ssize_t offset, Py_ssize_t size)
{
    PyObject *number = PyLong_FromSsize_t(size);
    if (number == NULL)
        return -1;
    set_slot(object, offset, number);
    Py_DECREF(number);
    return 0;
}

/* Put a sum of seconds into a slot: 0, or -1 with an exception. */
static inline int
set_seconds(PyObject *object, Py_ssize_t offset, double seconds)
{
    PyObject *number = PyFloat_FromDouble(seconds);
    if (number == NULL)
        return -1;
    set_slot(object, offset, number);
    Py_DECREF(number);
    return 0;
}

/* Whether a slot has a number of seconds; where not, the Python code has to see what it is. */
static inline int
has_seconds(PyObject *object, Py_ssize_t offset)
{
    PyObject *seconds = SLOT(object, offset);
    return seconds != NULL && PyFloat_CheckExact(seconds);
}

#define SECONDS(object, offset) PyFloat_AS_DOUBLE(SLOT(object, offset))

#endif
