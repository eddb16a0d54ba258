/* Callbacks from other threads, and from before the loop runs: they wait in a mailbox, which the
   loop empties. */

#include "scheduling.h"

/* Slots of a Mailbox. */
static struct {
    Py_ssize_t loop, letters, knocked;
} py;

static struct {
    PyObject *append, *popleft, *clear, *is_closed, *knock;
} s;

int
post(PyObject *self, Call *call)
{
    PyObject *letters = SLOT(self, py.letters), *args[2] = {letters, (PyObject *)call};
    call->context = PyContext_CopyCurrent();
    if (call->context == NULL)
        return -1;
    PyObject *done = PyObject_VectorcallMethod(s.append, args, 2, NULL);
    if (done == NULL)
        return -1;
    Py_DECREF(done);
    if (SLOT(self, py.knocked) != Py_True)
        done = PyObject_CallMethodNoArgs(self, s.knock);
    else {
        done = PyObject_CallMethodNoArgs(SLOT(self, py.loop), s.is_closed);
        if (done == Py_True)
            Py_SETREF(done, PyObject_CallMethodNoArgs(letters, s.clear));
    }
    Py_XDECREF(done);
    return done == NULL ? -1 : 0;
}

static PyObject *
mailbox_post(PyObject *self, PyObject *const *args, Py_ssize_t nargs)
{
    if (nargs != 5 || !PyTuple_Check(args[1]) || !PyDict_Check(args[2]) || !PyLong_Check(args[4])) {
        PyErr_SetString(PyExc_TypeError, "post() takes what callbacks.run() takes");
        return NULL;
    }
    PyObject *kwargs = PyDict_GET_SIZE(args[2]) ? args[2] : NULL;
    Py_INCREF(args[1]);
    Py_XINCREF(kwargs);
    Py_INCREF(args[3]);
    Call *call = new_call(args[0], args[1], kwargs, args[3], (int)PyLong_AsLong(args[4]));
    if (call == NULL)
        return NULL;
    int done = post(self, call);
    Py_DECREF(call);
    if (done < 0)
        return NULL;
    Py_RETURN_NONE;
}

static int
read_letter(PyObject *letters)
{
    Call *letter = (Call *)PyObject_CallMethodNoArgs(letters, s.popleft);
    if (letter == NULL)
        return -1;
    int done = run_in(letter->context, letter->callback, letter->args, letter->kwargs,
                      letter->code, letter->offset);
    Py_DECREF(letter);
    return done;
}

static PyObject *
mailbox_empty(PyObject *self, PyObject *Py_UNUSED(nothing))
{
    PyObject *letters = SLOT(self, py.letters);
    int done = 0;
    set_slot(self, py.knocked, Py_False);
    for (Py_ssize_t left = PyObject_Size(letters); done == 0 && left > 0; left--)
        done = read_letter(letters);
    if (PyObject_Size(letters) > 0 && SLOT(self, py.knocked) != Py_True) {
        PyObject *error = done < 0 ? take_exception() : NULL;
        PyObject *knocked = PyObject_CallMethodNoArgs(self, s.knock);
        if (knocked == NULL)
            done = -1;
        else if (error != NULL)
            PyErr_SetObject((PyObject *)Py_TYPE(error), error);
        Py_XDECREF(knocked);
        Py_XDECREF(error);
    }
    if (done < 0)
        return NULL;
    Py_RETURN_NONE;
}

static PyMethodDef methods[] = {
    {"post", FAST(mailbox_post), METH_FASTCALL, NULL},
    {"_empty", mailbox_empty, METH_NOARGS, NULL},
};

int
replace_mailbox(PyObject *given)
{
    PyObject *mailbox;
    const struct name names[] = {
        {&s.append, "append"}, {&s.popleft, "popleft"}, {&s.clear, "clear"},
        {&s.is_closed, "is_closed"}, {&s.knock, "_knock"},
    };
    if (take_given(given, "Mailbox", &mailbox) < 0 || intern_all(names, COUNT(names)) < 0)
        return -1;
    const struct slot slots[] = {
        {mailbox, "_loop", &py.loop}, {mailbox, "_letters", &py.letters},
        {mailbox, "_knocked", &py.knocked},
    };
    if (find_all(slots, COUNT(slots)) < 0)
        return -1;
    for (size_t i = 0; i < COUNT(methods); i++)
        if (replace_method(mailbox, &methods[i]) == NULL)
            return -1;
    return 0;
}
