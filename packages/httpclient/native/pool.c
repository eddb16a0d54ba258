/* Pool.acquire and released: a free connection is there, or is kept. */

#include "fetches.h"
#ifndef _WIN32
#include <poll.h>
#endif

/* What is needed of the Python code besides its classes. */
static struct {
    PyObject *acquire, *released;  /* what is replaced */
} python;

static PyObject *s_is_fresh;

/* ClientConnection.is_fresh: 1, 0, or -1 with an exception. */
static int
is_fresh(PyObject *connection)
{
#ifndef _WIN32
    Py_ssize_t fileno = size_of(SLOT(connection, py.fileno));
    if (SLOT(connection, py.state) == py.open && fileno >= 0) {
        struct pollfd look = {.fd = (int)fileno, .events = POLLIN};
        return poll(&look, 1, 0) == 0;
    }
#endif
    return attribute_is(connection, s_is_fresh, Py_True);
}

/* The branch that a dict of a pool has for a key: a borrowed reference, or NULL, where an exception
   may be set. */
static PyObject *
branch_for(PyObject *branches, PyObject *key)
{
    if (branches == NULL || key == NULL || !PyDict_CheckExact(branches))
        return NULL;
    PyObject *branch = PyDict_GetItemWithError(branches, key);
    return branch != NULL && Py_IS_TYPE(branch, py.branch) ? branch : NULL;
}

/* The connection of a branch that was used last, if it is as good as new: a borrowed reference, or
   NULL, where an exception may be set. */
static PyObject *
fresh_connection(PyObject *branch, PyObject *kept)
{
    PyObject *idle = SLOT(branch, py.idle);
    if (idle == NULL || !PyList_CheckExact(idle) || PyList_GET_SIZE(idle) == 0 || kept == NULL ||
        !PyDict_CheckExact(kept) || size_of(SLOT(branch, py.active)) < 0)
        return NULL;
    PyObject *connection = PyList_GET_ITEM(idle, PyList_GET_SIZE(idle) - 1);
    return Py_IS_TYPE(connection, py.connection) && is_fresh(connection) > 0 ? connection : NULL;
}

/* Take the free connection that was used last out of what is kept: 0, or -1 with an exception. */
static int
take(PyObject *branch, PyObject *kept, PyObject *connection)
{
    PyObject *idle = SLOT(branch, py.idle);
    Py_ssize_t last = PyList_GET_SIZE(idle) - 1;
    if (PyList_SetSlice(idle, last, last + 1, NULL) < 0 || PyDict_DelItem(kept, connection) < 0)
        return -1;
    return set_size(branch, py.active, size_of(SLOT(branch, py.active)) + 1);
}

int
acquire(PyObject *pool, PyObject *fetch)
{
    PyObject *connection = NULL, *kept = SLOT(pool, py.kept);
    PyObject *branch = branch_for(SLOT(pool, py.branches), SLOT(fetch, py.route));
    if (branch != NULL)
        connection = fresh_connection(branch, kept);
    if (PyErr_Occurred())
        return -1;
    if (connection == NULL) {
        PyObject *done = call_method_function(python.acquire, pool, &fetch, 1, NULL);
        Py_XDECREF(done);
        return done == NULL ? -1 : 0;
    }
    Py_INCREF(connection);
    int done = take(branch, kept, connection);
    if (done == 0)
        done = connected(fetch, connection);
    Py_DECREF(connection);
    return done;
}

/* Pool.acquire(customer, fresh=False) */
static PyObject *
pool_acquire(PyObject *self, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    if (kwnames != NULL || !(nargs == 1 || (nargs == 2 && args[1] == Py_False)) ||
        !Py_IS_TYPE(self, py.pool) || !Py_IS_TYPE(args[0], py.fetch))
        return call_method_function(python.acquire, self, args, nargs, kwnames);
    if (acquire(self, args[0]) < 0)
        return NULL;
    Py_RETURN_NONE;
}

/* Whether a connection of a branch may be kept, now that nobody uses it. */
static int
may_be_kept(PyObject *pool, PyObject *branch, PyObject *connection)
{
    PyObject *idle = SLOT(branch, py.idle), *kept = SLOT(pool, py.kept);
    PyObject *sweep = SLOT(connection, py.sweep_of);
    return idle != NULL && PyList_CheckExact(idle) && kept != NULL && PyDict_CheckExact(kept) &&
           size_of(SLOT(branch, py.active)) > 0 && size_of(SLOT(pool, py.waiting)) == 0 &&
           SLOT(connection, py.state) == py.open && has_seconds(pool, py.idle_timeout) &&
           SECONDS(pool, py.idle_timeout) > 0 && Py_IS_TYPE(sweep, py.sweep) &&
           has_seconds(sweep, py.now) && has_seconds(sweep, py.interval);
}

/* Keep a connection of a branch: 0, or -1 with an exception. */
static int
keep(PyObject *pool, PyObject *branch, PyObject *connection)
{
    PyObject *sweep = SLOT(connection, py.sweep_of);
    double deadline =
        SECONDS(sweep, py.now) + SECONDS(pool, py.idle_timeout) + SECONDS(sweep, py.interval);
    if (set_size(branch, py.active, size_of(SLOT(branch, py.active)) - 1) < 0 ||
        set_seconds(connection, py.c_deadline, deadline) < 0 ||
        PyList_Append(SLOT(branch, py.idle), connection) < 0)
        return -1;
    return PyDict_SetItem(SLOT(pool, py.kept), connection, branch);
}

int
release(PyObject *pool, PyObject *connection)
{
    PyObject *branch = NULL;
    if (Py_IS_TYPE(pool, py.pool) && Py_IS_TYPE(connection, py.connection))
        branch = branch_for(SLOT(pool, py.homes), connection);
    if (branch != NULL && may_be_kept(pool, branch, connection))
        return keep(pool, branch, connection);
    if (PyErr_Occurred())
        return -1;
    PyObject *done = call_method_function(python.released, pool, &connection, 1, NULL);
    Py_XDECREF(done);
    return done == NULL ? -1 : 0;
}

/* Pool.released(connection) */
static PyObject *
pool_released(PyObject *self, PyObject *connection)
{
    if (release(self, connection) < 0)
        return NULL;
    Py_RETURN_NONE;
}

static PyMethodDef acquire_method = {
    "acquire", (PyCFunction)(void (*)(void))pool_acquire, METH_FASTCALL | METH_KEYWORDS,
    PyDoc_STR("acquire($self, customer, fresh=False)\n--\n\n"
              "Get *customer* a connection, at once or later."),
};

static PyMethodDef released_method = {
    "released", pool_released, METH_O,
    PyDoc_STR("released($self, connection, /)\n--\n\n*connection* is not used any more."),
};

int
replace_pool(void)
{
    if ((s_is_fresh = PyUnicode_InternFromString("is_fresh")) == NULL ||
        (python.acquire = replace_method((PyObject *)py.pool, &acquire_method)) == NULL)
        return -1;
    python.released = replace_method((PyObject *)py.pool, &released_method);
    return python.released == NULL ? -1 : 0;
}
