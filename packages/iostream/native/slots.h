/* Reading and writing the __slots__ of Python classes without a look-up.

   A slot is a pointer at a fixed place of its object; the class says where. */

#ifndef ZONDA_SLOTS_H
#define ZONDA_SLOTS_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <structmember.h>

#ifdef Py_GIL_DISABLED
#error "These functions need the global interpreter lock; the pure wheel does not."
#endif

/* Declares what the files of a library have in common, and nobody outside sees. */
#if defined(__GNUC__)
#define SHARED extern __attribute__((visibility("hidden")))
#else
#define SHARED extern
#endif

#define COUNT(table) (sizeof(table) / sizeof *(table))

#define SLOT(object, offset) (*(PyObject **)((char *)(object) + (offset)))

static inline void
set_slot(PyObject *object, Py_ssize_t offset, PyObject *value)
{
    PyObject *old = SLOT(object, offset);
    Py_INCREF(value);
    SLOT(object, offset) = value;
    Py_XDECREF(old);
}

/* Where objects of a class have a slot: -1 with an exception if they have none. */
static inline Py_ssize_t
slot_offset(PyObject *type, const char *name)
{
    Py_ssize_t offset = -1;
    PyObject *descriptor = PyObject_GetAttrString(type, name);
    if (descriptor == NULL)
        return -1;
    if (Py_IS_TYPE(descriptor, &PyMemberDescr_Type) &&
        ((PyMemberDescrObject *)descriptor)->d_member->type == T_OBJECT_EX)
        offset = ((PyMemberDescrObject *)descriptor)->d_member->offset;
    else
        PyErr_Format(PyExc_TypeError, "%R has no slot %s", type, name);
    Py_DECREF(descriptor);
    return offset;
}

/* A slot of a class, and where its offset is to be written. */
struct slot {
    void *type;
    const char *name;
    Py_ssize_t *place;
};

/* Find many slots: 0, or -1 with an exception. */
static inline int
find_all(const struct slot *slots, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if ((*slots[i].place = slot_offset(slots[i].type, slots[i].name)) < 0)
            return -1;
    return 0;
}

/* Take a new reference to what a dict has by name: 0, or -1 with an exception. */
static inline int
take_given(PyObject *given, const char *name, void *place)
{
    PyObject *value = PyDict_GetItemString(given, name);
    if (value == NULL) {
        PyErr_SetString(PyExc_KeyError, name);
        return -1;
    }
    Py_INCREF(value);
    *(PyObject **)place = value;
    return 0;
}

/* Something that a dict has by name, and where it is to be written. */
struct wanted {
    const char *name;
    void *place;
};

/* Take much of a dict: 0, or -1 with an exception. */
static inline int
take_all(PyObject *given, const struct wanted *wanted, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (take_given(given, wanted[i].name, wanted[i].place) < 0)
            return -1;
    return 0;
}

/* A name that is looked up often, and where the object for it is to be written. */
struct name {
    PyObject **place;
    const char *text;
};

/* Make objects of names: 0, or -1 with an exception. */
static inline int
intern_all(const struct name *names, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if ((*names[i].place = PyUnicode_InternFromString(names[i].text)) == NULL)
            return -1;
    return 0;
}

/* The exception that is set, as an object with its traceback; it is not set any more. */
static inline PyObject *
take_exception(void)
{
#if PY_VERSION_HEX >= 0x030C0000
    return PyErr_GetRaisedException();
#else
    PyObject *type, *value, *traceback;
    PyErr_Fetch(&type, &value, &traceback);
    PyErr_NormalizeException(&type, &value, &traceback);
    if (traceback != NULL)
        PyException_SetTraceback(value, traceback);
    Py_XDECREF(type);
    Py_XDECREF(traceback);
    return value;
#endif
}

/* Call a Python function as a method: what it replaces does what is not done here. */
static inline PyObject *
call_method_function(PyObject *function, PyObject *self, PyObject *const *args, Py_ssize_t nargs,
                     PyObject *kwnames)
{
    PyObject *all[12];
    Py_ssize_t count = nargs + (kwnames == NULL ? 0 : PyTuple_GET_SIZE(kwnames));
    if (count > 10) {
        PyErr_SetString(PyExc_TypeError, "too many arguments");
        return NULL;
    }
    all[1] = self;
    for (Py_ssize_t i = 0; i < count; i++)
        all[i + 2] = args[i];
    return PyObject_Vectorcall(function, all + 1, (size_t)(nargs + 1) | PY_VECTORCALL_ARGUMENTS_OFFSET,
                               kwnames);
}

/* Replace a method of a Python class, and give the function that it was: a new reference. */
static inline PyObject *
replace_method(PyObject *type, PyMethodDef *definition)
{
    PyObject *before = PyObject_GetAttrString(type, definition->ml_name);
    if (before == NULL)
        return NULL;
    PyObject *method = PyDescr_NewMethod((PyTypeObject *)type, definition);
    if (method == NULL || PyObject_SetAttrString(type, definition->ml_name, method) < 0)
        Py_CLEAR(before);
    Py_XDECREF(method);
    return before;
}

#endif
