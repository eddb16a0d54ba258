/* Finding a route by the path, as `zonda.web.route_table.RouteTable.find` does it, where all rules
   lead from paths to handlers. */

#include "routes.h"
#include "slots.h"

static struct {
    PyTypeObject *table, *route, *candidate;
    Py_ssize_t asked, fixed, sizes, by_prefix, by_segment, deepest;
} py;

static PyObject *s_groups, *s_groupdict, *slash;

/* The rule that matches best so far: of those that match, the first in the list of rules. */
struct best {
    Py_ssize_t number;
    PyObject *candidate, *match;
};

/* Try the rules that share a key with a path: 0, or -1, where an exception may be set. */
static int
try_candidates(PyObject *candidates, PyObject *path, struct best *best)
{
    if (!PyList_CheckExact(candidates))
        return -1;
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(candidates); i++) {
        PyObject *candidate = PyList_GET_ITEM(candidates, i);
        if (!Py_IS_TYPE(candidate, py.candidate) || PyTuple_GET_SIZE(candidate) != 4)
            return -1;
        Py_ssize_t number = PyLong_AsSsize_t(PyTuple_GET_ITEM(candidate, 0));
        if (number < 0)
            return -1;
        if (best->candidate != NULL && best->number < number)
            return 0;
        Py_INCREF(candidate);
        PyObject *match = PyObject_CallOneArg(PyTuple_GET_ITEM(candidate, 1), path);
        if (match == NULL || match == Py_None) {
            Py_DECREF(candidate);
            Py_XDECREF(match);
            if (match == NULL)
                return -1;
            continue;
        }
        Py_XSETREF(best->candidate, candidate);
        Py_XSETREF(best->match, match);
        best->number = number;
        return 0;
    }
    return 0;
}

/* Try the rules under one key of a dict: 0, or -1, where an exception may be set. */
static int
try_key(PyObject *rules, PyObject *key, PyObject *path, struct best *best)
{
    if (!PyDict_CheckExact(rules))
        return -1;
    PyObject *candidates = PyDict_GetItemWithError(rules, key);
    if (candidates == NULL)
        return PyErr_Occurred() ? -1 : 0;
    Py_INCREF(candidates);
    int done = try_candidates(candidates, path, best);
    Py_DECREF(candidates);
    return done;
}

static int
try_prefixes(PyObject *sizes, PyObject *rules, PyObject *path, struct best *best)
{
    int done = PyList_CheckExact(sizes) ? 0 : -1;
    for (Py_ssize_t i = 0; done == 0 && i < PyList_GET_SIZE(sizes); i++) {
        Py_ssize_t size = PyLong_AsSsize_t(PyList_GET_ITEM(sizes, i));
        PyObject *prefix = size < 0 ? NULL : PyUnicode_Substring(path, 0, size);
        done = prefix == NULL ? -1 : try_key(rules, prefix, path, best);
        Py_XDECREF(prefix);
    }
    return done;
}

/* Try the rules that are filed under what stands between two slashes. */
static int
try_segments(PyObject *deepest, PyObject *places, PyObject *path, struct best *best)
{
    if (!PyList_CheckExact(places))
        return -1;
    if (PyList_GET_SIZE(places) == 0)
        return 0;
    Py_ssize_t most = PyLong_AsSsize_t(deepest);
    PyObject *segments = most < 0 ? NULL : PyUnicode_Split(path, slash, most + 1);
    int done = segments == NULL ? -1 : 0;
    for (Py_ssize_t i = 0; done == 0 && i < PyList_GET_SIZE(places); i++) {
        PyObject *pair = PyList_GET_ITEM(places, i);
        if (!PyTuple_CheckExact(pair) || PyTuple_GET_SIZE(pair) != 2)
            done = -1;
        else {
            Py_ssize_t place = PyLong_AsSsize_t(PyTuple_GET_ITEM(pair, 0));
            if (place < 0)
                done = -1;
            else if (place < PyList_GET_SIZE(segments))
                done = try_key(PyTuple_GET_ITEM(pair, 1), PyList_GET_ITEM(segments, place), path,
                               best);
        }
    }
    Py_XDECREF(segments);
    return done;
}

/* The route of a rule with the groups of the path: a new reference, or NULL. */
static PyObject *
route_with_groups(PyObject *candidate, PyObject *match)
{
    PyObject *route = PyTuple_GET_ITEM(candidate, 3);
    long kind = PyLong_AsLong(PyTuple_GET_ITEM(candidate, 2));
    if (kind < 0 || !Py_IS_TYPE(route, py.route) || PyTuple_GET_SIZE(route) != 6)
        return NULL;
    PyObject *groups = NULL;
    if (kind > 0) {
        groups = PyObject_CallMethodNoArgs(match, kind == 1 ? s_groups : s_groupdict);
        if (groups == NULL)
            return NULL;
    }
    PyObject *found = py.route->tp_alloc(py.route, 6);
    for (Py_ssize_t i = 0; found != NULL && i < 6; i++) {
        PyObject *item = kind > 0 && i == kind + 1 ? groups : PyTuple_GET_ITEM(route, i);
        Py_INCREF(item);
        PyTuple_SET_ITEM(found, i, item);
    }
    Py_XDECREF(groups);
    return found;
}

/* The route of the first rule that matches a path: a new reference, or NULL, where an exception may
   be set. */
static PyObject *
search(PyObject *table, PyObject *path)
{
    struct best best = {0, NULL, NULL};
    PyObject *route = NULL;
    if (try_prefixes(SLOT(table, py.sizes), SLOT(table, py.by_prefix), path, &best) == 0 &&
        try_segments(SLOT(table, py.deepest), SLOT(table, py.by_segment), path, &best) == 0 &&
        best.candidate != NULL)
        route = route_with_groups(best.candidate, best.match);
    Py_XDECREF(best.candidate);
    Py_XDECREF(best.match);
    return route;
}

PyObject *
find_in_table(PyObject *table, PyObject *target)
{
    if (!Py_IS_TYPE(table, py.table) || !PyUnicode_CheckExact(target) ||
        PyUnicode_GET_LENGTH(target) == 0 || PyUnicode_READ_CHAR(target, 0) != '/' ||
        !PyList_CheckExact(SLOT(table, py.asked)) ||
        PyList_GET_SIZE(SLOT(table, py.asked)) != 0 || !PyDict_CheckExact(SLOT(table, py.fixed)))
        return NULL;
    Py_ssize_t size = PyUnicode_GET_LENGTH(target);
    Py_ssize_t mark = PyUnicode_FindChar(target, '?', 0, size, 1);
    PyObject *path = mark == -2 ? NULL : PyUnicode_Substring(target, 0, mark < 0 ? size : mark);
    if (path == NULL)
        return NULL;
    PyObject *route = PyDict_GetItemWithError(SLOT(table, py.fixed), path);
    if (route != NULL)
        Py_INCREF(route);
    else if (!PyErr_Occurred())
        route = search(table, path);
    Py_DECREF(path);
    return route;
}

int
prepare_routes(PyObject *given)
{
    if ((s_groups = PyUnicode_InternFromString("groups")) == NULL ||
        (s_groupdict = PyUnicode_InternFromString("groupdict")) == NULL ||
        (slash = PyUnicode_InternFromString("/")) == NULL ||
        take_given(given, "RouteTable", &py.table) < 0 ||
        take_given(given, "Route", &py.route) < 0 ||
        take_given(given, "Candidate", &py.candidate) < 0)
        return -1;
    struct { const char *name; Py_ssize_t *place; } slots[] = {
        {"_asked", &py.asked}, {"static", &py.fixed}, {"_sizes", &py.sizes},
        {"_by_prefix", &py.by_prefix}, {"_by_segment", &py.by_segment}, {"_deepest", &py.deepest},
    };
    for (size_t i = 0; i < sizeof slots / sizeof *slots; i++)
        if ((*slots[i].place = slot_offset((PyObject *)py.table, slots[i].name)) < 0)
            return -1;
    return 0;
}
